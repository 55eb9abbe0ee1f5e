using ComPO.Cluster.Runs;
using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Runs;

namespace ComPO.Cluster.Aggregation;

/// <summary>What the aggregator needs to know of one iteration.</summary>
internal sealed record AggregationPlan
{
    public required int Iteration { get; init; }

    /// <summary>The pair's row in the data.</summary>
    public required int Row { get; init; }

    /// <summary>The pair's features.</summary>
    public required Digest FeatureDigest { get; init; }

    /// <summary>V and d.</summary>
    public required HeadShape Head { get; init; }

    /// <summary>The run's head, which every trainer has to hold.</summary>
    public required Digest HeadDigest { get; init; }

    /// <summary>The run's settings.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>Perturbations in each block that devices pull, in order.</summary>
    public required IReadOnlyList<int> BlockSizes { get; init; }

    /// <summary>What is known of the outcomes already.</summary>
    public required IReadOnlyList<ReportedBlock> Known { get; init; }

    /// <summary>Whether the estimate comes from the closed form, without probes.</summary>
    public bool IsExact => Settings.Estimator == Estimator.Exact;

    /// <summary>How many perturbations are to be probed.</summary>
    public int Probes => IsExact ? 0 : Settings.Perturbations;
}
