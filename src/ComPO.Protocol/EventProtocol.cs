using MemoryPack;

namespace ComPO.Protocol;

/// <summary>What kind of thing has happened.</summary>
public enum EventKind
{
    /// <summary>A run has been started.</summary>
    RunStarted,

    /// <summary>A run was taken up again by a supervisor that has just begun: on another node, or after all had been down.</summary>
    RunTakenOver,

    /// <summary>Somebody has paused, resumed or stopped a run.</summary>
    RunControlled,

    /// <summary>A run has ended well, or on request.</summary>
    RunEnded,

    /// <summary>A run has ended by a fault.</summary>
    RunFailed,

    /// <summary>An iteration's update was applied.</summary>
    UpdateAccepted,

    /// <summary>An iteration's update failed the acceptance check.</summary>
    UpdateNotAccepted,

    /// <summary>The gate refused an iteration.</summary>
    GateRefused,

    /// <summary>A trainer has joined.</summary>
    TrainerJoined,

    /// <summary>A trainer has left, or is silent.</summary>
    TrainerLeft,

    /// <summary>A trainer has failed at something and is brought up again.</summary>
    TrainerFaulted,

    /// <summary>The run cannot use a trainer.</summary>
    TrainerRefused,

    /// <summary>A trainer gets no more work.</summary>
    TrainerQuarantined,

    /// <summary>Features that a run folder should have are not to be had.</summary>
    FeaturesMissing,
}

/// <summary>Something that has happened, for people to read.</summary>
/// <param name="UnixMilliseconds">When; no two events of a supervisor have the same time, so that it serves as their number.</param>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Node">The address of the node it is about; null when it is about none.</param>
/// <param name="Iteration">The 0-based iteration it is about; null when it is about none.</param>
/// <param name="Sentence">What happened, and why.</param>
[MemoryPackable]
public sealed partial record ClusterEvent(
    long UnixMilliseconds,
    EventKind Kind,
    [property: AtMost(Limits.Path)] string? Node,
    int? Iteration,
    [property: AtMost(Limits.Sentence)] string Sentence);

/// <summary>Asks what has happened lately. Answered by <see cref="RecentEvents"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="After">The time of the last event the asker has; 0 for none.</param>
[MemoryPackable]
public sealed partial record GetEvents(long After) : IComPOMessage;

/// <summary>The next events that the supervisor remembers. It remembers so many only, and none from before it began to lead.</summary>
/// <param name="Events">In the order of their times; at most <see cref="Limits.Events"/>.</param>
/// <param name="HasMore">Whether there are more to ask for at once.</param>
/// <param name="Supervisor">The address of the node that leads.</param>
[MemoryPackable]
public sealed partial record RecentEvents(
    [property: AtMost(Limits.Events)] ClusterEvent[] Events,
    bool HasMore,
    [property: AtMost(Limits.Path)] string Supervisor) : IComPOMessage;
