using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Dashboard;
using ComPO.Node.Web;

namespace ComPO.Node.Hosting;

/// <summary>What a node's process does beside being a node: what it writes, and what it shows. By itself nothing but warnings.</summary>
internal sealed record HostSettings
{
    /// <summary>The key behind <c>--log-format</c>.</summary>
    public const string LogFormatKey = "compo.log.format";

    private const string EndpointKey = "compo.telemetry.otlp.endpoint";
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Whether to log more than warnings.</summary>
    public bool Verbose { get; init; }

    /// <summary>Where to serve HTTP; null for nowhere.</summary>
    public HttpSettings? Http { get; init; }

    /// <summary>How a seed shows the cluster; null when it does not.</summary>
    public DashboardSettings? Dashboard { get; init; }

    /// <summary>Whether metrics and spans are sent to a collector by OTLP.</summary>
    public bool SendsTelemetry { get; init; }

    /// <summary>The collector; null for the one that the environment's variables of OpenTelemetry name.</summary>
    public Uri? Collector { get; init; }

    /// <summary>Whether a line of the log is a JSON object.</summary>
    public bool LogsJson { get; init; }

    /// <summary>Reads a node's configuration.</summary>
    /// <param name="configuration">HOCON that takes precedence over the defaults.</param>
    /// <param name="isSeed">Whether the node is a seed.</param>
    /// <param name="verbose">Whether to log more than warnings.</param>
    /// <exception cref="UsageException">A value is outside its range.</exception>
    public static HostSettings Read(Config configuration, bool isSeed, bool verbose)
    {
        var config = configuration.WithFallback(ComPODefaults.Hocon);
        var collector = config.GetString(EndpointKey);
        return new HostSettings
        {
            Verbose = verbose,
            Http = HttpSettings.Read(config, isSeed),
            Dashboard = isSeed ? DashboardSettings.Read(config, Environment.GetEnvironmentVariable(DashboardSettings.TokenVariable)) : null,
            SendsTelemetry = collector.Length > 0 || Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 },
            Collector = collector.Length > 0 ? ReadCollector(collector) : null,
            LogsJson = config.GetString(LogFormatKey) switch
            {
                "text" => false,
                "json" => true,
                var other => throw new UsageException($"The configuration key {LogFormatKey} is '{other}'; expected text or json."),
            },
        };
    }

    private static Uri ReadCollector(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new UsageException($"The configuration key {EndpointKey} is '{text}'; expected an address such as http://collector:4317.");
}
