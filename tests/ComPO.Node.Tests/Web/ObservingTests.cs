using System.Reflection;
using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ComPO.Core.Telemetry;
using YamlDotNet.RepresentationModel;

namespace ComPO.Node.Tests.Web;

/// <summary>What deploy/ says of metrics is what a node tells.</summary>
public sealed class ObservingTests(MetricNames told) : IClassFixture<MetricNames>
{
    private static readonly string Deploy = Path.Combine(Repository.Root, "deploy");

    [Fact]
    public void The_table_has_every_instrument_with_its_unit_and_its_name_for_Prometheus()
    {
        var rows = Regex.Matches(
            File.ReadAllText(Path.Combine(Deploy, "observing.md")), @"^\| `(compo\.[\w.]+)` \| `(\w+)` \| (\w+) \| (\S+) \|", RegexOptions.Multiline);
        var instruments = typeof(Instruments).GetProperties(BindingFlags.Public | BindingFlags.Static).Select(property => property.GetValue(null)).OfType<Instrument>().ToList();

        Assert.Equal(
            instruments.Select(instrument => (instrument.Name, instrument.Unit)).Order(),
            rows.Select(row => (row.Groups[1].Value, (string?)row.Groups[4].Value)).Order());
        Assert.Equal(told.Kinds.Select(metric => (metric.Key, metric.Value)).Order(), rows.Select(row => (row.Groups[2].Value, row.Groups[3].Value)).Order());
    }

    [Fact]
    public void The_dashboard_asks_for_nothing_that_no_node_tells_and_shows_all_that_nodes_tell()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Deploy, "grafana", "compo-dashboard.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        var named = panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).SelectMany(target => NamesIn(target.GetProperty("expr").GetString()!)).ToHashSet();

        Assert.Subset(told.Series.ToHashSet(), named);
        Assert.All(told.Kinds.Keys, name => Assert.Contains(named, series => series.StartsWith(name, StringComparison.Ordinal)));
        Assert.Distinct(panels.Select(panel => panel.GetProperty("id").GetInt32()));
    }

    [Fact]
    public void The_alerts_ask_for_nothing_that_no_node_tells()
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Path.Combine(Deploy, "prometheus", "compo-alerts.yml"));
        yaml.Load(reader);
        var group = (YamlMappingNode)((YamlSequenceNode)yaml.Documents[0].RootNode["groups"])[0];
        var rules = ((YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>().ToList();

        Assert.Equal(
            ["ComPODiskNearlyFull", "ComPOHeadMismatch", "ComPONoProgress", "ComPONoReadyTrainer", "ComPONoSupervisor", "ComPONodeDown", "ComPORunFailed", "ComPORunPausedByFault", "ComPOTrainerQuarantined"],
            rules.Select(rule => $"{rule["alert"]}").Order(StringComparer.Ordinal));
        Assert.All(rules, rule =>
        {
            Assert.Subset(told.Series.ToHashSet(), NamesIn($"{rule["expr"]}").ToHashSet());
            Assert.NotEmpty($"{rule["labels"]["severity"]}");
            Assert.NotEmpty($"{rule["annotations"]["description"]}");
        });
    }

    private static IEnumerable<string> NamesIn(string expression) => Regex.Matches(expression, @"\bcompo_\w+").Select(match => match.Value);
}
