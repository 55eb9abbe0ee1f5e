using System.Text.Encodings.Web;
using System.Text.Json;
using ComPO.Cluster;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ComPO.Node.Web;

/// <summary>
/// <c>/health/live</c> and <c>/health/ready</c>: whether the node is to be started again, and whether it can do its work. Each answers 200 or 503 with
/// its checks as JSON; a check belongs to a page by its tag.
/// </summary>
internal static class HealthPages
{
    // Read by people too, and never as a web page.
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The pages of a node.</summary>
    /// <param name="options">What the node is, which decides what there is to check.</param>
    public static WebPages Of(NodeOptions options) => new(
        services => services.AddHealthChecks().AddComPO(options),
        application =>
        {
            application.MapHealthChecks("/health/live", Answering(HealthTags.Live));
            application.MapHealthChecks("/health/ready", Answering(HealthTags.Ready));
        });

    private static HealthCheckOptions Answering(string tag) => new()
    {
        Predicate = check => check.Tags.Contains(tag),
        ResponseWriter = WriteAsync,
    };

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(
            new
            {
                status = Word(report.Status),
                checks = report.Entries.Select(check => new { name = check.Key, status = Word(check.Value.Status), description = check.Value.Description }),
            },
            Options));
    }

    private static string Word(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
