using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Reports.Figures;
using ComPO.Reports.Pages;
using ComPO.Reports.Reading;
using ComPO.Reports.Tables;

namespace ComPO.Reports;

/// <summary>A report on one run or several: a page, its figures as files, and the numbers as CSV.</summary>
public sealed class Report
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly IReadOnlyList<ReportedRun> _runs;
    private readonly IReadOnlyList<Figure> _compared;

    /// <summary>Draws a report.</summary>
    /// <param name="runs">One run or more; where two have a name in common, later ones are numbered.</param>
    public Report(IReadOnlyList<LoggedRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
            throw new UsageException("A report needs a run: name one with --log.");
        var named = Name(runs);
        _runs = [.. named.Select(run => new ReportedRun(run.Name, run.Run, RunFigures.Of(run.Run, run.Name), FiguresOf(run.Run, run.Name)))];
        _compared = runs.Count > 1 ? FiguresOf(named) : [];
    }

    /// <summary>The runs in a few numbers, in the order in which they were given.</summary>
    public IReadOnlyList<RunFigures> Summaries => [.. _runs.Select(run => run.Summary)];

    /// <summary>Writes it.</summary>
    /// <param name="folder">A folder that is new, empty, or holds an earlier report, which it replaces.</param>
    /// <param name="writtenAt">The time that the page tells.</param>
    /// <returns>The files, relative to the folder.</returns>
    /// <exception cref="StorageException">The folder holds something else or cannot be written; nothing was changed then.</exception>
    public IReadOnlyList<string> Write(string folder, DateTimeOffset writtenAt)
    {
        using var target = new ReportFolder(folder);
        var files = new List<string>();
        void Add(string name, byte[] bytes)
        {
            target.Write(name, bytes);
            files.Add(name);
        }
        void AddText(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

        var runs = _runs.Select(run => (run.Name, run.Run)).ToArray();
        AddText("index.html", ReportPage.Of(_runs, _compared, writtenAt));
        AddText("runs.csv", CsvTables.Runs(Summaries));
        AddText("iterations.csv", CsvTables.Iterations(runs));
        AddText("line-searches.csv", CsvTables.LineSearches(runs));
        if (runs.Any(run => run.Run.Evaluations.Count > 0))
            AddText("evaluations.csv", CsvTables.Evaluations(runs));
        foreach (var figure in _compared.Concat(_runs.SelectMany(run => run.Figures)))
        {
            Add($"plots/{figure.Name}.png", figure.ToPng());
            AddText($"plots/{figure.Name}.svg", figure.ToSvg().ToFile());
        }
        AddText(ReportFolder.Mark, JsonSerializer.Serialize(new { Runs = Summaries, Files = files }, Options) + "\n");
        target.Publish();
        return files;
    }

    private static (string Name, LoggedRun Run)[] Name(IReadOnlyList<LoggedRun> runs)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. runs.Select(run => (seen[run.Name] = seen.GetValueOrDefault(run.Name) + 1) is > 1 and var place ? ($"{run.Name} ({place})", run) : (run.Name, run))];
    }

    private static IReadOnlyList<Figure> FiguresOf(LoggedRun run, string name)
    {
        (string Name, LoggedRun Run)[] alone = [(name, run)];
        Figure?[] figures =
        [
            OracleFigures.Share(run), CourseFigures.Verdicts(run), LikelihoodFigures.Margin(run), LikelihoodFigures.LogProbabilities(run),
            EvaluationFigures.Margin(alone), EvaluationFigures.Accuracy(alone), OracleFigures.Alignment(run), OracleFigures.Counts(run), LikelihoodFigures.Change(run),
            LikelihoodFigures.LineSearch(run), CourseFigures.Seconds(run), UpdateFigures.Norm(run), UpdateFigures.Threshold(run), UpdateFigures.Nonzero(run),
        ];
        return [.. figures.OfType<Figure>().Select(figure => figure with { Name = $"{FileName(name)}/{figure.Name}" })];
    }

    private static IReadOnlyList<Figure> FiguresOf(IReadOnlyList<(string Name, LoggedRun Run)> runs)
    {
        Figure?[] figures =
        [
            ComparisonFigures.Gain(runs), EvaluationFigures.Margin(runs), EvaluationFigures.Accuracy(runs), ComparisonFigures.Deviations(runs), ComparisonFigures.Alignment(runs),
            ComparisonFigures.Seconds(runs), ComparisonFigures.Counts(runs),
        ];
        return [.. figures.OfType<Figure>()];
    }

    // A run's name is one of a folder already, but for the number; no run's name has a tilde.
    private static string FileName(string name) => name.Replace(" (", "~", StringComparison.Ordinal).TrimEnd(')');
}
