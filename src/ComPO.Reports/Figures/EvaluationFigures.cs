using ComPO.Core.Runs;
using ComPO.Reports.Reading;

namespace ComPO.Reports.Figures;

/// <summary>What became of pairs that were held out.</summary>
internal static class EvaluationFigures
{
    /// <summary>The mean margin on held-out pairs.</summary>
    public static Figure? Margin(IReadOnlyList<(string Name, LoggedRun Run)> runs) => Of(runs, "evaluation-margin", "Margin on held-out pairs", "nats", e => e.Margin,
        "The mean of logp⁺ − logp⁻ over the held-out pairs.");

    /// <summary>The accuracy on held-out pairs.</summary>
    public static Figure? Accuracy(IReadOnlyList<(string Name, LoggedRun Run)> runs) => Of(runs, "evaluation-accuracy", "Accuracy on held-out pairs", "share of pairs", e => e.Accuracy,
        "The share of held-out pairs whose chosen answer is the likelier one.");

    private static Figure? Of(
        IReadOnlyList<(string Name, LoggedRun Run)> runs, string name, string title, string unit, Func<Evaluation, double> value, string caption)
    {
        if (!runs.Any(run => run.Run.Evaluations.Count > 0))
            return null;
        var plot = Drawing.Empty(title, "iteration", unit);
        for (var i = 0; i < runs.Count; i++)
        {
            var evaluations = runs[i].Run.Evaluations;
            if (evaluations.Count > 0)
                plot.Points([.. evaluations.Select(e => (double)e.Committed)], [.. evaluations.Select(value)], Palette.Of(i), runs.Count > 1 ? runs[i].Name : null);
        }
        return new Figure(name, caption, runs.Count > 1 ? plot.WithLegend() : plot) { Size = (720, 300) };
    }
}
