using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;
using ComPO.Protocol;
using Akka.Actor;

namespace ComPO.Cluster.Aggregation;

/// <summary>A trainer holds the head that the iteration begins with. From the supervisor.</summary>
/// <param name="Trainer">The trainer.</param>
/// <param name="Holders">Who may hold the pair's features.</param>
internal sealed record TrainerCame(Trainer Trainer, IReadOnlyList<string> Holders) : INoSerializationVerificationNeeded;

/// <summary>A trainer is gone, or must get no more work. From the supervisor.</summary>
internal sealed record TrainerWent(string Address) : INoSerializationVerificationNeeded;

/// <summary>The supervisor has persisted all that was gathered up to this number.</summary>
internal sealed record OutcomesKept(long Number) : INoSerializationVerificationNeeded;

/// <summary>No more blocks are to be handed out, or again. From the supervisor.</summary>
internal sealed record HoldProbing(bool IsHeld) : INoSerializationVerificationNeeded;

/// <summary>No block is out, and all outcomes that came in are kept; said again while it is so.</summary>
internal sealed class ProbingHeld : INoSerializationVerificationNeeded
{
    public static readonly ProbingHeld Instance = new();

    private ProbingHeld()
    {
    }
}

/// <summary>The first trainer has prepared the pair.</summary>
internal sealed record PairIsPrepared(PairLogProbabilities Before, double Predicted) : INoSerializationVerificationNeeded;

/// <summary>Outcomes to persist, how far probing is, and what each device did. Answered by <see cref="OutcomesKept"/>.</summary>
internal sealed record OutcomesGathered(
    long Number, ReportedBlock[] Blocks, int BlocksDone, int PerturbationsDone, int Improved, IReadOnlyList<DeviceWork> Work) : INoSerializationVerificationNeeded;

/// <summary>What a trainer did wrong.</summary>
internal enum TrainerFault
{
    /// <summary>Nothing: it gave up what it was asked, since it leaves or was told to stop. The news that it has left may come later.</summary>
    Interrupted,

    /// <summary>It said that it could not do what it was asked.</summary>
    Failed,

    /// <summary>Its numbers are not those of the others.</summary>
    Disagrees,

    /// <summary>Blocks that others could do failed on it again and again.</summary>
    Poisoned,
}

/// <summary>A trainer has failed; the iteration goes on without it.</summary>
internal sealed record TrainerFaulted(string Address, TrainerFault Fault, string Sentence, int ExitCode) : INoSerializationVerificationNeeded
{
    /// <summary>It said so itself.</summary>
    public static TrainerFaulted By(Trainer trainer, NodeFailed failed) => new(
        trainer.Address,
        failed.ExitCode == (int)Core.Errors.ExitCode.Interrupted ? TrainerFault.Interrupted : TrainerFault.Failed,
        $"{trainer.Address}: {failed.Sentence}",
        failed.ExitCode);
}

/// <summary>Trainers have been silent for too long about the update; the iteration goes on without them. From the emitter, which is done.</summary>
internal sealed record OwnersAreSilent(IReadOnlyList<TrainerFaulted> Owners) : INoSerializationVerificationNeeded;

/// <summary>Another trainer holds the prepared pair by now. To the emitter, which need not wait for a single silent one any more.</summary>
internal sealed class AnotherIsPrepared : INoSerializationVerificationNeeded
{
    public static readonly AnotherIsPrepared Instance = new();

    private AnotherIsPrepared()
    {
    }
}

/// <summary>Seconds that the parts of an aggregation took; the threshold's are those of the cut and of emitting what stays.</summary>
internal readonly record struct AggregationSeconds(double Prepare, double Probe, double Tally, double Threshold, double LineSearch);

/// <summary>Too few perturbations improved; nothing more was computed.</summary>
internal sealed record GateRefused(OutcomeBits? Outcomes, int Improved, AggregationSeconds Seconds) : INoSerializationVerificationNeeded;

/// <summary>The update is emitted and checked.</summary>
internal sealed record UpdateReady : INoSerializationVerificationNeeded
{
    /// <summary>The outcomes, or null for the exact estimator.</summary>
    public required OutcomeBits? Outcomes { get; init; }

    public required int Improved { get; init; }

    /// <summary>‖u‖ in noise standard deviations.</summary>
    public required double Norm { get; init; }

    /// <summary>The smallest magnitude of g that was kept.</summary>
    public required double Threshold { get; init; }

    /// <summary>The cosine of the dense g to the limit direction.</summary>
    public required double Alignment { get; init; }

    /// <summary>γ·p.</summary>
    public required double Scale { get; init; }

    public required UpdateChecked Check { get; init; }

    public required IReadOnlyList<UpdatePart> Parts { get; init; }

    public required AggregationSeconds Seconds { get; init; }

    /// <summary>Whether the update improves its pair at the acceptance step, and so is to be applied.</summary>
    public bool IsAccepted => LineSearch.IsAccepted(Check.LineSearch);

    /// <summary>The whole update.</summary>
    public Digest UpdateDigest => Check.UpdateDigest;
}

/// <summary>The iteration cannot be finished by anyone.</summary>
internal sealed record AggregationFailed(string Sentence, int ExitCode) : INoSerializationVerificationNeeded;
