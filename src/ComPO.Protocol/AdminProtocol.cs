using System.Globalization;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>Where consoles find the cluster.</summary>
public static class AdminAddress
{
    /// <summary>The name of the one actor that consoles reach, through the receptionist of a seed node.</summary>
    public const string EndpointName = "admin";

    /// <summary>Its path.</summary>
    public const string EndpointPath = "/user/" + EndpointName;

    /// <summary>The name of every actor system.</summary>
    public const string SystemName = "ComPO";

    /// <summary>The TCP port that a node listens on unless told otherwise.</summary>
    public const int DefaultPort = 4053;

    /// <summary>Where a seed node listens unless told otherwise.</summary>
    public static string DefaultContact { get; } = string.Create(CultureInfo.InvariantCulture, $"akka.tcp://{SystemName}@127.0.0.1:{DefaultPort}");
}

/// <summary>Why a request was declined.</summary>
public enum RefusalReason
{
    /// <summary>The settings do not hold together.</summary>
    InvalidSettings,

    /// <summary>A run or an export is under way that has to end first.</summary>
    RunActive,

    /// <summary>A run of this name has been started with other settings.</summary>
    RunIdTaken,

    /// <summary>The output folder cannot be written or holds another run.</summary>
    OutputFolder,

    /// <summary>No trainer has joined, or none that could do it.</summary>
    NoTrainer,

    /// <summary>There is no such run, or it is not in the state that the request needs.</summary>
    NoSuchRun,

    /// <summary>The model or the data cannot be used.</summary>
    BadInput,

    /// <summary>Not now: the supervisor is busy, or moving to another node. The same request may do later.</summary>
    NotReady,

    /// <summary>The node is of another version, which does not know the request.</summary>
    UnknownRequest,

    /// <summary>There is no such member.</summary>
    NoSuchMember,

    /// <summary>The cluster has as many trainers as it takes.</summary>
    TooManyTrainers,
}

/// <summary>The request was understood and declined.</summary>
/// <param name="Reason">Why, for programs.</param>
/// <param name="Sentence">Why, for people: what, where, expected, found, what to do.</param>
/// <param name="ExitCode">The exit code of a command that ends with this.</param>
[MemoryPackable]
public sealed partial record RequestRefused(
    RefusalReason Reason,
    [property: AtMost(Limits.Sentence)] string Sentence,
    int ExitCode) : IComPOMessage;
