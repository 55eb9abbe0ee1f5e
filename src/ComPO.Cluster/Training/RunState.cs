using System.Collections.Immutable;
using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>All that decides how a run goes on: the sum of its events. Knows no actors.</summary>
internal sealed record RunState
{
    public required string RunId { get; init; }

    /// <summary>The settings as they came, for telling whether a second start means the same run.</summary>
    public required string SettingsJson { get; init; }

    public required RunSettings Settings { get; init; }

    /// <summary>The run folder, as a full path on the supervisor's node.</summary>
    public required string Output { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The head of the base model, once it is loaded.</summary>
    public Digest? BaseDigest { get; init; }

    /// <summary>The head after the last committed iteration.</summary>
    public Digest? HeadDigest { get; init; }

    /// <summary>The lines of the committed iterations.</summary>
    public ImmutableList<string> Lines { get; init; } = [];

    /// <summary>The row at which the next pair is looked for.</summary>
    public required int NextRow { get; init; }

    public int Accepted { get; init; }

    public int NotAccepted { get; init; }

    public int GateRefused { get; init; }

    /// <summary>The last pair's log-probabilities after its iteration.</summary>
    public PairLogProbabilities? LastAfter { get; init; }

    /// <summary>Rows left out, by reason.</summary>
    public IReadOnlyList<SkippedRows> Skipped { get; init; } = [];

    public ModelWritten? Model { get; init; }

    /// <summary>How it ended, once it has.</summary>
    public RunEnded? End { get; init; }

    /// <summary>Iterations in the log.</summary>
    public int Committed => Lines.Count;

    /// <summary>Whether it has not ended.</summary>
    public bool IsActive => End is null;

    /// <summary>The state a run begins in.</summary>
    public static RunState Of(RunStarted started) => new()
    {
        RunId = started.RunId,
        SettingsJson = started.SettingsJson,
        Settings = started.Settings,
        Output = started.Output,
        StartedAt = started.At,
        NextRow = started.Settings.Offset,
    };

    /// <summary>The state after something happened.</summary>
    public RunState Apply(RunEvent happened) => happened switch
    {
        RunStarted started => Of(started),
        ModelOpened opened => this with { BaseDigest = opened.BaseDigest, HeadDigest = opened.BaseDigest },
        RowsSkipped skipped => this with { Skipped = skipped.Skipped },
        IterationCommitted committed => this with
        {
            Lines = Lines.Add(committed.Line),
            NextRow = committed.Row + 1,
            HeadDigest = committed.HeadDigest,
            LastAfter = committed.After,
            Accepted = Accepted + (committed.Verdict == IterationVerdict.Accepted ? 1 : 0),
            NotAccepted = NotAccepted + (committed.Verdict == IterationVerdict.NotAccepted ? 1 : 0),
            GateRefused = GateRefused + (committed.Verdict == IterationVerdict.GateRefused ? 1 : 0),
        },
        ModelWritten written => this with { Model = written },
        RunEnded ended => this with { End = ended },
        _ => throw new NotSupportedException($"A run does not know what to do with {happened.GetType().Name}."),
    };
}
