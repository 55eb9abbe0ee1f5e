using Microsoft.AspNetCore.Builder;

namespace ComPO.Node.Web;

/// <summary><c>/metrics</c>, for Prometheus.</summary>
internal static class MetricsPage
{
    /// <summary>The page of any node; what it shows, <see cref="Hosting.NodeTelemetry"/> decides.</summary>
    public static WebPages Page { get; } = new(_ => { }, application => application.MapPrometheusScrapingEndpoint());
}
