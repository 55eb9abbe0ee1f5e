using ComPO.Dashboard.Runs;

namespace ComPO.Dashboard.Charts;

/// <summary>
/// Improved perturbations by iteration and share of the iteration's perturbations, as the authors' <c>count.py</c> shows them by iteration and run:
/// the count in each field, coloured from the smallest to the greatest.
/// </summary>
/// <param name="Rows">The iterations.</param>
/// <param name="Low">The smallest count.</param>
/// <param name="High">The greatest.</param>
/// <param name="Expected">What the closed form expects in a share, the mean over the iterations.</param>
public sealed record HeatMap(IReadOnlyList<HeatMapRow> Rows, int Low, int High, double Expected)
{
    /// <summary>How many colours there are.</summary>
    public const int Levels = 16;

    /// <summary>The number of shares.</summary>
    public int Shares => Rows.Count == 0 ? 0 : Rows.Max(row => row.Counts.Count);

    /// <summary>The colour of a count, from 0 to <see cref="Levels"/> − 1.</summary>
    public int Level(int count) => High == Low ? Levels / 2 : Math.Clamp((count - Low) * (Levels - 1) / (High - Low), 0, Levels - 1);

    /// <summary>Of a run's last iterations.</summary>
    public static HeatMap Of(IReadOnlyList<IterationSummary> recent)
    {
        var counted = recent.Where(iteration => iteration.ImprovedByShare.Count > 0).ToList();
        if (counted.Count == 0)
            return new HeatMap([], 0, 0, 0);
        var counts = counted.SelectMany(iteration => iteration.ImprovedByShare);
        return new HeatMap(
            [.. counted.Select(iteration => new HeatMapRow(iteration.Iteration, iteration.ImprovedByShare, iteration.Improved ?? 0))],
            counts.Min(),
            counts.Max(),
            counted.Average(iteration => iteration.Predicted * iteration.Perturbations / iteration.ImprovedByShare.Count));
    }
}

/// <summary>An iteration of a heat map.</summary>
/// <param name="Iteration">0-based.</param>
/// <param name="Counts">The improved perturbations of each share.</param>
/// <param name="Improved">Of all.</param>
public sealed record HeatMapRow(int Iteration, IReadOnlyList<int> Counts, int Improved);
