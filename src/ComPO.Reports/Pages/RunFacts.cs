using System.Xml.Linq;
using ComPO.Core.Runs;
using ComPO.Reports.Tables;

namespace ComPO.Reports.Pages;

/// <summary>What a report says of runs in words and numbers.</summary>
internal static class RunFacts
{
    /// <summary>The facts of a summary under their names, for people.</summary>
    public static IReadOnlyList<(string Name, string Value)> Of(RunFigures run) =>
    [
        ("outcome", run.Outcome),
        ("iterations", $"{run.Iterations} of {run.Asked}"),
        ("accepted", $"{run.Accepted}"),
        ("not accepted", $"{run.NotAccepted}"),
        ("refused by the gate", $"{run.GateRefused}"),
        ("improved share", Html.Number(run.ImprovedShare)),
        ("predicted share", Html.Number(run.PredictedShare)),
        ("outside ± 2 sd", run.OutsideTwoDeviations is { } outside ? $"{outside} of {run.Iterations}" : "–"),
        ("mean alignment", Html.Number(run.Alignment)),
        ("chosen, summed change", Html.Number(run.ChosenGain) + " nats"),
        ("rejected, summed change", Html.Number(run.RejectedGain) + " nats"),
        ("margin, summed change", Html.Number(run.MarginGain) + " nats"),
        ("held-out margin", Change(run.FirstEvaluation?.Margin, run.LastEvaluation?.Margin)),
        ("held-out accuracy", Change(run.FirstEvaluation?.Accuracy, run.LastEvaluation?.Accuracy)),
        ("seconds in iterations", Html.Number(run.Seconds, "0.##")),
        ("median seconds", Html.Number(run.MedianSeconds)),
        ("base head", run.BaseDigest),
        ("head", run.HeadDigest),
    ];

    /// <summary>The settings of a run and what computed it.</summary>
    public static IReadOnlyList<(string Name, string Value)> Settings(RunHeader header) =>
    [
        ("model", header.Settings.Model),
        ("data", header.Settings.Data),
        .. SettingValues.ValuesOf(header.Settings).Select(value => (value.Key, value.Value)),
        ("compute class", header.ComputeClass),
        .. header.Versions.OrderBy(version => version.Key, StringComparer.Ordinal).Select(version => (version.Key, version.Value)),
    ];

    /// <summary>Runs side by side: a row a fact, a column a run.</summary>
    /// <param name="names">The runs.</param>
    /// <param name="facts">The facts of each; those that a run has not are left empty.</param>
    /// <param name="onlyDifferences">Whether to leave out what is the same for all.</param>
    public static XElement Compare(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<(string Name, string Value)>> facts, bool onlyDifferences)
    {
        var rows = new List<object?[]>();
        foreach (var name in facts.SelectMany(list => list.Select(fact => fact.Name)).Distinct(StringComparer.Ordinal))
        {
            var values = facts.Select(list => list.FirstOrDefault(fact => fact.Name == name).Value ?? "–").ToArray();
            if (!onlyDifferences || values.Distinct(StringComparer.Ordinal).Count() > 1)
                rows.Add([Html.Element("th", name), .. values]);
        }
        return rows.Count == 0 ? Html.Classed("p", "soft", "They are the same.") : Html.Table(["", .. names], rows);
    }

    /// <summary>Facts of one run.</summary>
    public static XElement List(IEnumerable<(string Name, string Value)> facts) =>
        Html.Classed("div", "wide", Html.Element("table", Html.Element("tbody",
            [.. facts.Select(fact => Html.Element("tr", Html.Element("th", fact.Name), Html.Element("td", fact.Value)))])));

    private static string Change(double? first, double? last) => last is null ? "–" : $"{Html.Number(first)} → {Html.Number(last)}";
}
