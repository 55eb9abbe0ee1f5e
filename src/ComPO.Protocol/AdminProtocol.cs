using System.Globalization;
using ComPO.Core.Pairs;
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

/// <summary>Starts a run. Answered by <see cref="TrainingStarted"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="RunId">The run's name; asking again with the same name and settings is harmless.</param>
/// <param name="SettingsJson">The run's settings in their canonical JSON.</param>
[MemoryPackable]
public sealed partial record StartTraining(
    [property: AtMost(Limits.Name)] string RunId,
    [property: AtMost(Limits.SettingsJson)] string SettingsJson) : IComPOMessage;

/// <summary>
/// The run is under way; its model is being loaded. Whether the model and the data can be used shows in
/// <see cref="TrainingStatus"/> once its first pair is selected.
/// </summary>
/// <param name="RunId">The run's name.</param>
/// <param name="AlreadyKnown">Whether this run with these settings had been started before.</param>
/// <param name="Output">The run folder, on the supervisor's node.</param>
[MemoryPackable]
public sealed partial record TrainingStarted(
    [property: AtMost(Limits.Name)] string RunId,
    bool AlreadyKnown,
    [property: AtMost(Limits.Path)] string Output) : IComPOMessage;

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

/// <summary>Rows of the data that were left out for one reason.</summary>
/// <param name="Reason">The reason in camelCase.</param>
/// <param name="Rows">How many.</param>
[MemoryPackable]
public sealed partial record SkippedRows([property: AtMost(Limits.Name)] string Reason, int Rows);

/// <summary>A row of the data that was left out.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Reason">Why.</param>
[MemoryPackable]
public sealed partial record LeftOutRow(int Row, SkipReason Reason);
