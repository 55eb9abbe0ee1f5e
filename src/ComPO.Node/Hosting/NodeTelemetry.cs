using ComPO.Cluster.Configuration;
using ComPO.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ComPO.Node.Hosting;

/// <summary>Hands what a node measures to those who want it: Prometheus where the node serves HTTP, and a collector where one is named.</summary>
internal static class NodeTelemetry
{
    /// <summary>Metrics of the runtime that are told beside ComPO's own.</summary>
    public const string RuntimeMeter = "System.Runtime";

    /// <summary>Listens to the instruments.</summary>
    /// <param name="services">The node's services.</param>
    /// <param name="options">What the node is, which names it.</param>
    /// <param name="hosting">Who wants to know.</param>
    public static void AddTo(IServiceCollection services, NodeOptions options, HostSettings hosting)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("compo", serviceInstanceId: $"{options.Hostname}:{options.Port}")
                .AddAttributes([new("compo.roles", string.Join(',', options.Roles))])
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Instruments.Name, RuntimeMeter);
                if (hosting.Http is not null)
                    metrics.AddPrometheusExporter();
                if (hosting.SendsTelemetry)
                    metrics.AddOtlpExporter(exporter => Address(exporter, hosting));
            });
        // Spans are for a collector alone; without one none is made.
        if (hosting.SendsTelemetry)
            telemetry.WithTracing(tracing => tracing.AddSource(Instruments.Name).AddOtlpExporter(exporter => Address(exporter, hosting)));
    }

    // Where the configuration names none, the exporter reads the environment itself.
    private static void Address(OtlpExporterOptions exporter, HostSettings hosting)
    {
        if (hosting.Collector is { } collector)
            exporter.Endpoint = collector;
    }
}
