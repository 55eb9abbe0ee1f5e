using ComPO.Core.Runs;
using ComPO.Reports.Reading;
using ComPO.Reports.Tables;

namespace ComPO.Reports.Figures;

/// <summary>Several runs in one figure each.</summary>
internal static class ComparisonFigures
{
    private const int MostNumbers = 400;

    /// <summary>The margin that each run has won so far.</summary>
    public static Figure? Gain(IReadOnlyList<(string Name, LoggedRun Run)> runs) => Of(runs, "compared-gain", "Margin won on the pairs trained on, summed up", "nats",
        iterations =>
        {
            var sum = 0.0;
            return [.. iterations.Select(i => (i.Iteration, sum += i.MarginGain()))];
        },
        "The changes of logp⁺ − logp⁻ of each iteration's own pair, added up.");

    /// <summary>How far each observation is from its prediction.</summary>
    public static Figure? Deviations(IReadOnlyList<(string Name, LoggedRun Run)> runs) => Of(runs, "compared-deviations", "Observed less predicted share", "standard deviations",
        iterations => [.. iterations.Where(i => i.StandardScore() is not null).Select(i => (i.Iteration, i.StandardScore()!.Value))],
        "Within ± 2 in about nineteen of twenty iterations, if the engine does what the theory says.");

    /// <summary>Alignment by run.</summary>
    public static Figure? Alignment(IReadOnlyList<(string Name, LoggedRun Run)> runs) => Of(runs, "compared-alignment", "Alignment of the estimate with its limit", "cosine",
        iterations => [.. iterations.Where(i => i.Alignment is not null).Select(i => (i.Iteration, i.Alignment!.Value))],
        "The cosine between the estimated direction and its limit.");

    /// <summary>Time by run.</summary>
    public static Figure? Seconds(IReadOnlyList<(string Name, LoggedRun Run)> runs) => Of(runs, "compared-seconds", "Seconds an iteration", "seconds",
        iterations => [.. iterations.Where(i => i.Seconds.ContainsKey(SecondsTable.Total)).Select(i => (i.Iteration, i.Seconds[SecondsTable.Total]))],
        "Wall time of each iteration.");

    /// <summary>The counts of improved perturbations by iteration and run.</summary>
    public static Figure? Counts(IReadOnlyList<(string Name, LoggedRun Run)> runs)
    {
        var drawn = runs.Where(run => run.Run.Iterations.Any(i => i.Improved is not null)).ToArray();
        if (drawn.Length == 0)
            return null;
        var rows = drawn.Max(run => run.Run.Iterations.Count);
        var counts = new double[rows, drawn.Length];
        for (var column = 0; column < drawn.Length; column++)
        {
            for (var row = 0; row < rows; row++)
                counts[row, column] = row < drawn[column].Run.Iterations.Count ? drawn[column].Run.Iterations[row].Improved ?? double.NaN : double.NaN;
        }
        var plot = HeatMapFigure.Of("Improved perturbations by iteration and run", "", "iteration", counts, drawn.Select(run => run.Name),
            withNumbers: counts.Length <= MostNumbers && rows <= 40);
        return new Figure("compared-counts", "How many perturbations improved: a column is a run, a row an iteration.", plot) { Size = (720, 420) };
    }

    private static Figure? Of(
        IReadOnlyList<(string Name, LoggedRun Run)> runs, string name, string title, string unit,
        Func<IReadOnlyList<IterationRecord>, (int Iteration, double Value)[]> series, string caption)
    {
        var all = runs.Select(run => series(run.Run.Iterations)).ToArray();
        if (all.All(points => points.Length == 0))
            return null;
        var plot = Drawing.OverIterations(title, unit);
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].Length > 0)
                plot.Points([.. all[i].Select(p => (double)p.Iteration)], [.. all[i].Select(p => p.Value)], Palette.Of(i), runs[i].Name);
        }
        return new Figure(name, caption, plot.Until(all.SelectMany(points => points).Max(point => point.Iteration)).WithLegend());
    }
}
