using ComPO.Cluster.Aggregation;

namespace ComPO.Cluster.RunFolders;

/// <summary>Wall seconds of the parts of an iteration.</summary>
internal sealed class IterationSeconds
{
    private AggregationSeconds _aggregation;

    public double Select { get; set; }

    public double Total { get; set; }

    /// <summary>Takes down what the aggregator measured.</summary>
    public void Add(AggregationSeconds aggregation) => _aggregation = aggregation;

    /// <summary>By the names that the log has.</summary>
    public IReadOnlyDictionary<string, double> ToDictionary() => new Dictionary<string, double>
    {
        ["select"] = Select,
        ["prepare"] = _aggregation.Prepare,
        ["probe"] = _aggregation.Probe,
        ["tally"] = _aggregation.Tally,
        ["threshold"] = _aggregation.Threshold,
        ["lineSearch"] = _aggregation.LineSearch,
        ["total"] = Total,
    };
}
