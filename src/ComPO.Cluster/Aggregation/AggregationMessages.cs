using Akka.Actor;
using ComPO.Cluster.Training;
using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>What the aggregator needs to know of one iteration.</summary>
internal sealed record AggregationPlan
{
    public required int Iteration { get; init; }

    public required int Perturbations { get; init; }

    public required bool IsExact { get; init; }

    /// <summary>The predicted probability of improvement: p of the exact estimator.</summary>
    public required double Predicted { get; init; }

    /// <summary>λ.</summary>
    public required double Gate { get; init; }

    /// <summary>γ.</summary>
    public required double StepSize { get; init; }

    /// <summary>F, or null when an absolute threshold is given.</summary>
    public required double? Density { get; init; }

    /// <summary>λ_g, or null when a density is given.</summary>
    public required double? Threshold { get; init; }

    public required HeadShape Head { get; init; }

    /// <summary>Who takes part, in the order that row ranges are given out.</summary>
    public required IReadOnlyList<Trainer> Trainers { get; init; }
}

/// <summary>How far probing is. Sent to the supervisor after each block.</summary>
internal sealed record ProbingProgress(int BlocksDone, int PerturbationsDone, int Improved) : INoSerializationVerificationNeeded;

/// <summary>Seconds that the parts of an aggregation took.</summary>
internal readonly record struct AggregationSeconds(double Probe, double Tally, double Threshold, double LineSearch);

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

/// <summary>The iteration cannot be finished.</summary>
internal sealed record AggregationFailed(string Sentence, int ExitCode) : INoSerializationVerificationNeeded;
