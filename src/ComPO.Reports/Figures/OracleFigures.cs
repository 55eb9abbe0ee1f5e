using ComPO.Core.Runs;
using ComPO.Reports.Reading;

namespace ComPO.Reports.Figures;

/// <summary>What the oracle said of the perturbations.</summary>
internal static class OracleFigures
{
    private const int IterationsInGroup = 10;
    private const int MostNumbers = 400;

    /// <summary>The improved share of each iteration against the closed form's prediction.</summary>
    public static Figure? Share(LoggedRun run)
    {
        if (run.Iterations.Count == 0)
            return null;
        var plot = Drawing.OverIterations("Improved perturbations, observed and predicted", "share of m");
        // Each iteration has a pair of its own, so the band is as wide as half the way to its neighbours.
        double[] xs = [.. run.Iterations.SelectMany(i => (double[])[i.Iteration - 0.5, i.Iteration + 0.5])];
        double[] Twice(Func<IterationRecord, double> value) => [.. run.Iterations.SelectMany(i => (double[])[value(i), value(i)])];
        plot.Band(xs, Twice(i => i.Predicted - (2 * Deviation(i))), Twice(i => i.Predicted + (2 * Deviation(i))), Palette.Orange.WithAlpha(0.25), "± 2 standard deviations");
        plot.Line(xs, Twice(i => i.Predicted), Palette.Orange, "predicted", 1);
        var drawn = run.Iterations.Where(i => i.Improved is not null).ToArray();
        if (drawn.Length > 0)
        {
            plot.Points([.. drawn.Select(i => (double)i.Iteration)], [.. drawn.Select(i => i.ImprovedShare!.Value)], Palette.Blue, "observed")
                .LineWidth = 0;
        }
        plot.Level(run.Header.Settings.Gate, "gate");
        return new Figure("improved-share",
            "The share of perturbations that improved, against what the closed form predicted for the pair before one was drawn. About one point in twenty is expected outside the band.",
            plot.Until(run.Iterations[^1].Iteration).WithLegend());
    }

    /// <summary>The counts of improved perturbations as a heat map: ten iterations a column, as the authors' count.py draws their runs of ten.</summary>
    public static Figure? Counts(LoggedRun run)
    {
        var drawn = run.Iterations.Where(i => i.Improved is not null).ToArray();
        if (drawn.Length == 0)
            return null;
        var columns = (drawn[^1].Iteration / IterationsInGroup) + 1;
        var rows = Math.Min(IterationsInGroup, drawn[^1].Iteration + 1);
        var counts = new double[rows, columns];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                counts[row, column] = double.NaN;
        }
        foreach (var iteration in drawn)
            counts[iteration.Iteration % IterationsInGroup, iteration.Iteration / IterationsInGroup] = iteration.Improved!.Value;

        var plot = HeatMapFigure.Of("Improved perturbations by iteration and group of ten", "iterations", "iteration in group", counts,
            Enumerable.Range(0, columns).Select(c => $"{c * IterationsInGroup}–{(c * IterationsInGroup) + IterationsInGroup - 1}"), withNumbers: counts.Length <= MostNumbers);
        return new Figure("improved-counts",
            "How many perturbations improved: a column is ten iterations one after the other, the first on top. A pale cell is an iteration that is not in the log.", plot)
        {
            Size = (720, 420),
        };
    }

    /// <summary>The cosine of the estimated direction to its limit.</summary>
    public static Figure? Alignment(LoggedRun run)
    {
        var known = run.Iterations.Where(i => i.Alignment is not null).ToArray();
        if (known.Length == 0)
            return null;
        var plot = Drawing.OverIterations("Alignment of the estimate with its limit", "cosine");
        plot.Points([.. known.Select(i => (double)i.Iteration)], [.. known.Select(i => i.Alignment!.Value)], Palette.Blue);
        plot.Until(known[^1].Iteration);
        plot.Axes.SetLimitsY(Math.Min(0, known.Min(i => i.Alignment!.Value)), known.Max(i => i.Alignment!.Value) * 1.1);
        return new Figure("alignment",
            "The cosine between the dense direction that was estimated and the one that infinitely many perturbations would give. More perturbations raise it.", plot);
    }

    /// <summary>One standard deviation of the improved share, if the prediction is right.</summary>
    public static double Deviation(IterationRecord iteration) =>
        Math.Sqrt(iteration.Predicted * (1 - iteration.Predicted) / iteration.Perturbations);
}
