using System.Globalization;
using System.Text.Json.Nodes;

namespace ComPO.Reports.Tests;

public sealed class TableTests(ComparedRuns report) : IClassFixture<ComparedRuns>
{
    // Where a column of iterations.csv is in a line of the log.
    private static readonly (string Column, string[] Path)[] Columns =
    [
        ("iteration", ["iteration"]), ("pair", ["pair"]), ("k", ["k"]), ("before_chosen", ["before", "chosen"]), ("before_rejected", ["before", "rejected"]),
        ("after_chosen", ["after", "chosen"]), ("after_rejected", ["after", "rejected"]), ("perturbations", ["perturbations"]), ("improved", ["improved"]),
        ("predicted", ["predicted"]), ("gate", ["gate"]), ("accepted", ["accepted"]), ("scale", ["scale"]), ("norm", ["norm"]), ("threshold", ["threshold"]),
        ("nonzero", ["nonzero"]), ("alignment", ["alignment"]), ("predicted_change_chosen", ["predictedChange", "chosen"]),
        ("predicted_change_rejected", ["predictedChange", "rejected"]), ("feature_digest", ["featureDigest"]), ("head_digest", ["headDigest"]),
        ("seconds_select", ["seconds", "select"]), ("seconds_probe", ["seconds", "probe"]), ("seconds_total", ["seconds", "total"]),
    ];

    [Fact]
    public void Every_number_of_the_iterations_is_the_logs()
    {
        var rows = report.Table("iterations.csv");
        var lines = report.FirstLog.Skip(1).Select(line => ("one", line)).Concat(report.SecondLog.Skip(1).Select(line => ("one (2)", line))).ToArray();

        Assert.Equal(lines.Length, rows.Length);
        foreach (var ((run, line), row) in lines.Zip(rows))
        {
            var logged = JsonNode.Parse(line)!;
            Assert.Equal(run, row["run"]);
            foreach (var (column, path) in Columns)
            {
                var value = path.Aggregate((JsonNode?)logged, (node, member) => node?[member]);
                Assert.Equal(value?.ToString() ?? "", row[column]);
            }
        }
        Assert.Equal(Columns.Select(column => column.Column).Append("run").Append("improved_share").Append("standard_score").Order(), rows[0].Keys.Order());
    }

    [Fact]
    public void Shares_and_scores_follow_from_the_counts()
    {
        foreach (var row in report.Table("iterations.csv"))
        {
            var (m, count, p) = (Number(row["perturbations"]), Number(row["improved"]), Number(row["predicted"]));
            Assert.Equal(count / m, Number(row["improved_share"]), 12);
            Assert.Equal(((count / m) - p) / Math.Sqrt(p * (1 - p) / m), Number(row["standard_score"]), 9);
        }
    }

    [Fact]
    public void A_run_is_summed_up_as_its_lines_add_up()
    {
        var lines = report.FirstLog.Skip(1).Select(line => JsonNode.Parse(line)!).ToArray();
        var run = report.Table("runs.csv")[0];

        Assert.Equal(["one", "failed", "23", "25"], [run["run"], run["outcome"], run["iterations"], run["asked"]]);
        Assert.Equal(lines.Count(line => (bool?)line["accepted"] == true), Number(run["accepted"]));
        Assert.Equal(lines.Count(line => (bool?)line["accepted"] == false), Number(run["not_accepted"]));
        Assert.Equal(lines.Count(line => (string?)line["gate"] == "refused"), Number(run["gate_refused"]));
        Assert.Equal(lines.Average(line => (double)line["improved"]! / SampleRuns.Perturbations), Number(run["improved_share"]), 12);
        Assert.Equal(lines.Where(line => line["alignment"] is not null).Average(line => (double)line["alignment"]!), Number(run["alignment"]), 12);
        // Each accepted update of the sample moves the chosen answer by 0.4 and the rejected one by −0.7.
        Assert.Equal(1.1 * Number(run["accepted"]), Number(run["margin_gain"]), 9);
        Assert.Equal(lines.Select(line => (double)line["seconds"]!["total"]!).Order().ElementAt(11), Number(run["median_seconds"]), 12);
        Assert.Equal((string?)lines[^1]["headDigest"], run["head_digest"]);
        Assert.Equal(["0.5", "2.25", "0.525", "0.625"], [run["first_evaluation_margin"], run["last_evaluation_margin"], run["first_evaluation_accuracy"], run["last_evaluation_accuracy"]]);
        Assert.Equal("unfinished", report.Table("runs.csv")[1]["outcome"]);
    }

    [Fact]
    public void Line_searches_and_evaluations_have_tables_of_their_own()
    {
        var searched = report.FirstLog.Concat(report.SecondLog).Select(line => JsonNode.Parse(line)!["lineSearch"]).OfType<JsonArray>().SelectMany(search => search).ToArray();

        Assert.Equal(
            searched.Select(point => $"{point!["step"]} {point["chosen"]} {point["rejected"]}"),
            report.Table("line-searches.csv").Select(row => $"{row["step"]} {row["chosen"]} {row["rejected"]}"));
        Assert.Equal(["one 0 40 -40.5 -41 0.5 0.525", "one 23 40 -40.25 -42.5 2.25 0.625"],
            report.Table("evaluations.csv").Select(row => string.Join(' ', row.Values)));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
