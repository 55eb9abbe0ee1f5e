namespace ComPO.Cluster.Health;

/// <summary>What a health check is for.</summary>
public static class HealthTags
{
    /// <summary>A node that fails it does not come back by itself.</summary>
    public const string Live = "live";

    /// <summary>A node that fails it cannot do its work now.</summary>
    public const string Ready = "ready";
}
