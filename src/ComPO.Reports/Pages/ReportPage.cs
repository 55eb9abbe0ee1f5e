using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using ComPO.Core.Runs;
using ComPO.Reports.Figures;
using ComPO.Reports.Reading;
using ComPO.Reports.Tables;

namespace ComPO.Reports.Pages;

/// <summary>A run with the name, the numbers and the figures it has in a report.</summary>
internal sealed record ReportedRun(string Name, LoggedRun Run, RunFigures Summary, IReadOnlyList<Figure> Figures);

/// <summary>The page: one file that needs no script, no network and no other file.</summary>
internal static class ReportPage
{
    // A longer table is for a spreadsheet.
    private const int MostRows = 500;

    /// <summary>Writes the page.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="compared">Figures that show several runs; empty for one run.</param>
    /// <param name="writtenAt">When the report is made.</param>
    public static string Of(IReadOnlyList<ReportedRun> runs, IReadOnlyList<Figure> compared, DateTimeOffset writtenAt)
    {
        var title = runs.Count == 1 ? $"Run {runs[0].Name}" : $"{runs.Count} runs compared";
        return Html.Page(new XElement("html", new XAttribute("lang", "en"),
            Html.Element("head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")),
                new XElement("title", $"{title} · ComPO.NET"),
                new XElement("style", Css())),
            Html.Element("body",
                Html.Element("h1", title),
                Html.Classed("p", "soft", string.Create(CultureInfo.InvariantCulture,
                    $"ComPO.NET, {writtenAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC. The same figures as PNG and SVG lie in plots/, the numbers in the CSV files beside this page.")),
                runs.Count > 1 ? Comparison(runs, compared) : null,
                runs.Select(run => Section(run, alone: runs.Count == 1)))));
    }

    private static IEnumerable<XElement> Comparison(IReadOnlyList<ReportedRun> runs, IReadOnlyList<Figure> compared)
    {
        string[] names = [.. runs.Select(run => run.Name)];
        yield return Html.Element("h2", "Side by side");
        yield return RunFacts.Compare(names, [.. runs.Select(run => RunFacts.Of(run.Summary))], onlyDifferences: false);
        yield return Html.Element("h3", "Settings that differ");
        yield return RunFacts.Compare(names, [.. runs.Select(run => RunFacts.Settings(run.Run.Header))], onlyDifferences: true);
        yield return Gallery(compared, "all runs");
    }

    private static XElement Section(ReportedRun run, bool alone) => Html.Element("section",
        Html.Element("h2", alone ? "Outcome" : $"Run {run.Name}"),
        run.Run.Outcome?.Failure is { } failure ? Html.Classed("p", "note", failure) : null,
        run.Run.Outcome is null ? Html.Classed("p", "note", "Nothing says that this run has ended: it is still running, or was broken off.") : null,
        run.Run.Notes.Select(note => Html.Classed("p", "note", note)),
        RunFacts.List([.. RunFacts.Of(run.Summary), .. Ending(run.Run)]),
        Html.Element("details", Html.Element("summary", "Settings and versions"), RunFacts.List(RunFacts.Settings(run.Run.Header))),
        Gallery(run.Figures, run.Name),
        run.Run.Iterations.Count == 0 ? Html.Classed("p", "soft", "No iteration is committed yet.") : Iterations(run.Run));

    private static IEnumerable<(string, string)> Ending(LoggedRun run)
    {
        yield return ("log", run.Source);
        if (run.Outcome?.Seconds is { } seconds)
            yield return ("seconds in all", Html.Number(seconds, "0.##"));
        if (run.Outcome?.Model is { } model)
            yield return ("model", model);
    }

    private static XElement Gallery(IReadOnlyList<Figure> figures, string of) => Html.Classed("div", "figures", [.. figures.Select(figure => Html.Element("figure",
        figure.ToSvg().ToPage($"{figure.Plot.Axes.Title.Label.Text}, {of}"),
        Html.Element("figcaption", figure.Caption)))]);

    private static XElement Iterations(LoggedRun run)
    {
        var shown = run.Iterations.Take(MostRows).ToArray();
        return Html.Element("details",
            Html.Element("summary", shown.Length == run.Iterations.Count ? "Iterations" : $"The first {MostRows} iterations; all are in iterations.csv"),
            Html.Table(
                ["iteration", "pair", "improved", "predicted", "sd", "chosen before", "after", "rejected before", "after", "alignment", "kept", "seconds", "verdict", "head"],
                shown.Select(i => (IEnumerable<object?>)
                [
                    i.Iteration, i.Pair, i.ImprovedShare is { } share ? Cell(share) : null, Cell(i.Predicted), Cell(i.StandardScore(), "0.0"),
                    Cell(i.Before.Chosen), Cell(i.After.Chosen), Cell(i.Before.Rejected), Cell(i.After.Rejected), Cell(i.Alignment), i.Nonzero,
                    Cell(i.Seconds.GetValueOrDefault(SecondsTable.Total), "0.00"), Words(i.Verdict), i.HeadDigest.ToString()[..8],
                ])));
    }

    private static XElement Cell(double? value, string format = "0.0000") => Html.Classed("td", "number", Html.Number(value, format));

    private static string Words(IterationVerdict verdict) => verdict switch
    {
        IterationVerdict.Accepted => "accepted",
        IterationVerdict.NotAccepted => "not accepted",
        _ => "refused by the gate",
    };

    private static string Css()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
