using ComPO.Core.Runs;
using ComPO.Reports.Reading;
using ComPO.Reports.Tables;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace ComPO.Reports.Figures;

/// <summary>How a run went: what came of its iterations and where their time went.</summary>
internal static class CourseFigures
{
    private static readonly (IterationVerdict Verdict, string Name, Color Color)[] Lanes =
    [
        (IterationVerdict.Accepted, "accepted", Palette.Blue),
        (IterationVerdict.NotAccepted, "not accepted", Palette.Pink),
        (IterationVerdict.GateRefused, "refused by the gate", Palette.Grey),
    ];

    /// <summary>What came of each iteration.</summary>
    public static Figure? Verdicts(LoggedRun run)
    {
        if (run.Iterations.Count == 0)
            return null;
        var plot = Drawing.OverIterations("Accepted and refused", "");
        var ticks = new NumericManual();
        for (var lane = 0; lane < Lanes.Length; lane++)
        {
            var (verdict, name, color) = Lanes[lane];
            var those = run.Iterations.Where(i => i.Verdict == verdict).ToArray();
            ticks.AddMajor(-lane, $"{name} ({those.Length})");
            if (those.Length > 0)
                plot.Points([.. those.Select(i => (double)i.Iteration)], [.. those.Select(_ => (double)-lane)], color, shape: MarkerShape.FilledSquare).LineWidth = 0;
        }
        plot.Axes.Left.TickGenerator = ticks;
        plot.Axes.SetLimits(-0.5, run.Iterations.Count - 0.5, -2.5, 0.5);
        return new Figure("verdicts", "An update is refused by the gate when too few perturbations improved, and not accepted when it fails the check at step 5.", plot)
        {
            Size = (720, 220),
        };
    }

    /// <summary>Where the time of each iteration went.</summary>
    public static Figure? Seconds(LoggedRun run)
    {
        var parts = run.SecondsParts();
        if (parts.Count == 0)
            return null;
        var plot = Drawing.OverIterations("Seconds by part", "seconds");
        // Steps one iteration wide, laid on each other.
        double[] xs = [.. run.Iterations.SelectMany(i => (double[])[i.Iteration - 0.5, i.Iteration + 0.5])];
        var floor = new double[xs.Length];
        for (var part = 0; part < parts.Count; part++)
        {
            var ceiling = new double[xs.Length];
            for (var i = 0; i < xs.Length; i++)
                ceiling[i] = floor[i] + run.Iterations[i / 2].Seconds.GetValueOrDefault(parts[part]);
            plot.Band(xs, floor, ceiling, Palette.Of(part), parts[part]);
            floor = ceiling;
        }
        var totals = run.Iterations.Where(i => i.Seconds.ContainsKey(SecondsTable.Total)).ToArray();
        if (totals.Length > 0)
        {
            plot.Line([.. totals.SelectMany(i => (double[])[i.Iteration - 0.5, i.Iteration + 0.5])],
                [.. totals.SelectMany(i => (double[])[i.Seconds[SecondsTable.Total], i.Seconds[SecondsTable.Total]])], Palette.Ink, "total", 1);
        }
        plot.Until(run.Iterations[^1].Iteration);
        plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        return new Figure("seconds", "Wall time of each iteration by its parts; what is between them and the total is waiting and messages.", plot.WithLegend());
    }
}
