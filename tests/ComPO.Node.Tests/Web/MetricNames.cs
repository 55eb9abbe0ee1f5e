using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Telemetry;
using ComPO.Node.Hosting;
using ComPO.Node.Web;

namespace ComPO.Node.Tests.Web;

/// <summary>The metrics of ComPO as a node tells them to Prometheus, each measured once: names and kinds.</summary>
public sealed class MetricNames : IAsyncLifetime
{
    /// <summary>The kind of each, by its name.</summary>
    public IReadOnlyDictionary<string, string> Kinds { get; private set; } = new Dictionary<string, string>();

    /// <summary>The names of series: a histogram has three.</summary>
    public IEnumerable<string> Series => Kinds.SelectMany(metric => metric.Value == "histogram"
        ? [$"{metric.Key}_bucket", $"{metric.Key}_sum", $"{metric.Key}_count"]
        : new[] { metric.Key });

    public async ValueTask InitializeAsync()
    {
        var options = new NodeOptions { Roles = [NodeOptions.SeedRole], Port = 0 };
        var http = new HttpSettings { Hostname = "127.0.0.1", Port = 0, AnyPortWillDo = true, AllowedHosts = [] };
        await using var node = await ComPONode.StartAsync(options, models: null, Config.Empty, new HostSettings { Http = http }, CancellationToken.None);
        foreach (var property in typeof(Instruments).GetProperties(BindingFlags.Public | BindingFlags.Static))
            MeasureOnce(property.GetValue(null));
        using var client = new HttpClient();
        var page = await client.GetStringAsync(new Uri(node.WebAddress!, "metrics"));
        Kinds = Regex.Matches(page, @"^# TYPE (compo_\w+) (\w+)$", RegexOptions.Multiline).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void MeasureOnce(object? instrument)
    {
        switch (instrument)
        {
            case Counter<long> counter:
                counter.Add(1);
                break;
            case Histogram<double> histogram:
                histogram.Record(1);
                break;
            case Gauge<int> gauge:
                gauge.Record(1);
                break;
            case Gauge<long> gauge:
                gauge.Record(1);
                break;
            case Gauge<double> gauge:
                gauge.Record(1);
                break;
            case Instrument other:
                Assert.Fail($"{other.Name} is of a kind that this test cannot measure.");
                break;
        }
    }
}
