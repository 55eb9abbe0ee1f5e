using ComPO.Core.Aggregation;
using ComPO.Core.Pairs;

namespace ComPO.Protocol;

/// <summary>The bounds of what messages hold. All messages fit a remoting frame of <see cref="FrameBytes"/>.</summary>
public static class Limits
{
    /// <summary>The largest remoting frame, in bytes.</summary>
    public const int FrameBytes = 1 << 20;

    /// <summary>Bytes of one chunk of a blob.</summary>
    public const int ChunkBytes = 256 << 10;

    /// <summary>Bytes of each part of a head that is kept for others, but the last.</summary>
    public const int HeadPartBytes = 64 << 20;

    /// <summary>Parts of a head; the largest has 2³¹ entries.</summary>
    public const int HeadParts = 128;

    /// <summary>Characters of a name: a run, a device, a reason.</summary>
    public const int Name = 256;

    /// <summary>Characters of a path or an address.</summary>
    public const int Path = 4096;

    /// <summary>Characters of a sentence that explains something.</summary>
    public const int Sentence = 4096;

    /// <summary>A sentence cut to what a message takes: those of libraries know no bound.</summary>
    public static string Fit(string sentence) => sentence.Length <= Sentence ? sentence : sentence[..(Sentence - 1)] + "…";

    /// <summary>Characters of the settings of a run as JSON.</summary>
    public const int SettingsJson = 64 << 10;

    /// <summary>Characters of one line of a run log: its largest part are the outcomes, 20 KB at most.</summary>
    public const int LogLine = 64 << 10;

    /// <summary>Lines of a run log in one answer; whoever wants more asks again.</summary>
    public const int LogLines = 8;

    /// <summary>Lines of evaluations in one answer; whoever wants more asks again.</summary>
    public const int Evaluations = 64;

    /// <summary>Runs that are remembered, the present one among them.</summary>
    public const int Runs = 32;

    /// <summary>Events in one answer; whoever wants more asks again.</summary>
    public const int Events = 32;

    /// <summary>Lines of a tail in one answer; whoever wants more asks again.</summary>
    public const int TailLines = 32;

    /// <summary>Actors in one answer.</summary>
    public const int Actors = 1024;

    /// <summary>Characters of the path of an actor.</summary>
    public const int ActorPath = 512;

    /// <summary>Roles of a node.</summary>
    public const int Roles = 16;

    /// <summary>Nodes of a cluster.</summary>
    public const int Nodes = 1024;

    /// <summary>Bytes of all nodes in a status: what else it says has room in its frame beside them.</summary>
    public const int NodesBytes = FrameBytes - (160 << 10);

    /// <summary>Devices of a node.</summary>
    public const int Devices = 64;

    /// <summary>Rows of the data that are looked at in one go.</summary>
    public const int ScannedRows = 64;

    /// <summary>Kinds of reasons to skip a row.</summary>
    public const int SkipReasons = 64;

    /// <summary>Libraries and programs whose versions a node tells.</summary>
    public const int Versions = 64;

    /// <summary>Rows that one search names as left out; all are counted.</summary>
    public const int SkippedRows = 5 * SkippedRowTally.MostListed;

    /// <summary>Bytes of the outcomes of an iteration, one bit each.</summary>
    public const int OutcomeBytes = (OutcomeTally.MostPerturbations + 7) / 8;

    /// <summary>Bytes of an encoded histogram.</summary>
    public const int HistogramBytes = 768 << 10;

    /// <summary>Points of a line search.</summary>
    public const int LineSearchPoints = 64;
}
