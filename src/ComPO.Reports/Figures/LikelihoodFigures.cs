using ComPO.Core.Oracle;
using ComPO.Core.Updates;
using ComPO.Reports.Reading;
using ScottPlot;

namespace ComPO.Reports.Figures;

/// <summary>What became of the log-probabilities of the pairs that were trained on.</summary>
internal static class LikelihoodFigures
{
    /// <summary>logp⁺ and logp⁻ before and after each iteration.</summary>
    public static Figure? LogProbabilities(LoggedRun run)
    {
        if (run.Iterations.Count == 0)
            return null;
        var plot = Drawing.OverIterations("Log-probabilities before and after", "nats");
        BeforeAndAfter(plot, run, pair => pair.Chosen, "chosen", Palette.Blue);
        BeforeAndAfter(plot, run, pair => pair.Rejected, "rejected", Palette.Orange);
        return new Figure("log-probabilities",
            "Of each iteration's own pair, under the head before (ring) and after it (dot). Pairs differ in length, so it is the way from ring to dot that counts.",
            plot.Until(run.Iterations[^1].Iteration).WithLegend());
    }

    /// <summary>logp⁺ − logp⁻ before and after each iteration.</summary>
    public static Figure? Margin(LoggedRun run)
    {
        if (run.Iterations.Count == 0)
            return null;
        var plot = Drawing.OverIterations("Margin before and after", "logp⁺ − logp⁻ in nats");
        BeforeAndAfter(plot, run, pair => pair.Chosen - pair.Rejected, "margin", Palette.Blue);
        plot.Level(0);
        return new Figure("margin", "By how much the chosen answer of each iteration's pair is likelier than the rejected one, before (ring) and after (dot).",
            plot.Until(run.Iterations[^1].Iteration).WithLegend());
    }

    /// <summary>The first-order change that an accepted update promised, against the change that came.</summary>
    public static Figure? Change(LoggedRun run)
    {
        var accepted = run.Iterations.Where(i => i is { Accepted: true, PredictedChange: not null }).ToArray();
        if (accepted.Length == 0)
            return null;
        var plot = Drawing.Empty("Predicted and realised change of accepted updates", "predicted change in nats", "realised change in nats");
        var ends = accepted
            .SelectMany(i => (double[])[i.PredictedChange!.Value.Chosen, i.PredictedChange.Value.Rejected])
            .Append(0)
            .ToArray();
        plot.Line([ends.Min(), ends.Max()], [ends.Min(), ends.Max()], Palette.Grey, "as predicted", 1);
        void Add(Func<PairLogProbabilities, double> side, string name, Color color) => plot.Points(
            [.. accepted.Select(i => side(i.PredictedChange!.Value))], [.. accepted.Select(i => side(i.After) - side(i.Before))], color, name).LineWidth = 0;
        Add(pair => pair.Chosen, "chosen", Palette.Blue);
        Add(pair => pair.Rejected, "rejected", Palette.Orange);
        return new Figure("change",
            "What the gradient promised of each accepted update, against what it did. Points on the grey line: the step is small enough for the first order to hold.",
            plot.WithLegend());
    }

    /// <summary>The line searches of the accepted iterations.</summary>
    public static Figure? LineSearch(LoggedRun run)
    {
        var accepted = run.Iterations.Where(i => i is { Accepted: true, LineSearch.Count: > 0 }).ToArray();
        if (accepted.Length == 0)
            return null;
        var plot = Drawing.Empty("Line search of accepted iterations", "step along the sparse direction", "change in nats");
        void Add(Func<LineSearchPoint, double> side, string name, Color color)
        {
            foreach (var search in accepted.Select(i => i.LineSearch!))
                plot.Line([.. search.Select(p => p.Step)], [.. search.Select(p => side(p) - side(search[0]))], color.WithAlpha(0.25), width: 1);
            var steps = accepted[0].LineSearch!.Select(p => p.Step).ToArray();
            var alike = accepted.Select(i => i.LineSearch!).Where(search => search.Select(p => p.Step).SequenceEqual(steps)).ToArray();
            plot.Line(steps, [.. steps.Select((_, at) => alike.Average(search => side(search[at]) - side(search[0])))], color, $"{name}, mean", 2.5f);
        }
        Add(point => point.Chosen, "chosen", Palette.Blue);
        Add(point => point.Rejected, "rejected", Palette.Orange);
        plot.Add.VerticalLine(Core.Updates.LineSearch.AcceptanceStep, 1, Palette.Grey).LegendText = "acceptance is decided here";
        return new Figure("line-search",
            "How the log-probabilities of each pair move along its update's direction, much farther than the step that is taken; thin lines are iterations.", plot.WithLegend());
    }

    private static void BeforeAndAfter(Plot plot, LoggedRun run, Func<PairLogProbabilities, double> value, string name, Color color)
    {
        double[] xs = [.. run.Iterations.Select(i => (double)i.Iteration)];
        var before = plot.Points(xs, [.. run.Iterations.Select(i => value(i.Before))], color, $"{name} before", MarkerShape.OpenCircle);
        before.LineWidth = 0;
        plot.Points(xs, [.. run.Iterations.Select(i => value(i.After))], color, $"{name} after");
    }
}
