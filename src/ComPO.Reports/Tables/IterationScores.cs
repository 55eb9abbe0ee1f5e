using ComPO.Core.Runs;

namespace ComPO.Reports.Tables;

/// <summary>What a line of a log says between its members.</summary>
internal static class IterationScores
{
    /// <summary>By how many standard deviations more improved than predicted; null when none was drawn, or the prediction leaves no room.</summary>
    public static double? StandardScore(this IterationRecord iteration)
    {
        var (m, p) = (iteration.Perturbations, iteration.Predicted);
        var variance = m * p * (1 - p);
        return iteration.Improved is { } improved && variance > 0 ? (improved - (m * p)) / Math.Sqrt(variance) : null;
    }

    /// <summary>By how much logp⁺ − logp⁻ grew, in nats.</summary>
    public static double MarginGain(this IterationRecord iteration) => iteration.After.Margin - iteration.Before.Margin;
}
