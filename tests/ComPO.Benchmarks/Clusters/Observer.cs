namespace ComPO.Benchmarks.Clusters;

/// <summary>Who looks at a node.</summary>
[Flags]
internal enum Observer
{
    /// <summary>A collector of metrics and spans.</summary>
    Collector = 1,

    /// <summary>Prometheus.</summary>
    Prometheus = 2,

    /// <summary>An open page.</summary>
    Page = 4,

    /// <summary>Everybody.</summary>
    All = Collector | Prometheus | Page,
}
