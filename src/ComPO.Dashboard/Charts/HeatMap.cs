
namespace ComPO.Dashboard.Charts;

/// <summary>
/// Improved perturbations as the authors' <c>count.py</c> draws them: a field is an iteration with the perturbations of all nodes, a column is ten
/// iterations one after the other, the first on top. Their columns are runs of ten iterations; a longer run goes on in the next column.
/// </summary>
/// <param name="Columns">The columns, in order.</param>
/// <param name="Low">The smallest count.</param>
/// <param name="High">The greatest.</param>
/// <param name="Expected">What the closed form expects in an iteration, the mean over them.</param>
public sealed record HeatMap(IReadOnlyList<HeatMapColumn> Columns, int Low, int High, double Expected)
{
    /// <summary>How many colours there are.</summary>
    public const int Levels = 16;

    /// <summary>Iterations in a column.</summary>
    public const int Rows = 10;

    /// <summary>The most columns.</summary>
    public const int MostColumns = 24;

    /// <summary>The most iterations.</summary>
    public const int MostIterations = Rows * MostColumns;

    /// <summary>No iterations.</summary>
    public static HeatMap Empty { get; } = new([], 0, 0, 0);

    /// <summary>The iterations of the longest column.</summary>
    public int Height => Columns.Count == 0 ? 0 : Columns.Max(column => column.Counts.Count);

    /// <summary>The colour of a count, from 0 to <see cref="Levels"/> − 1.</summary>
    public int Level(int count) => High == Low ? Levels / 2 : Math.Clamp((count - Low) * (Levels - 1) / (High - Low), 0, Levels - 1);

    /// <summary>Of a run's last iterations, which follow one another; empty with the exact estimator, which draws no perturbations.</summary>
    public static HeatMap Of(IReadOnlyList<IterationCount> counts)
    {
        if (counts.All(count => count.Improved is null))
            return Empty;
        // Whole columns alone, but for the last: the fields keep their places while a run goes on.
        var first = Math.Max(counts[0].Iteration, (counts[^1].Iteration / Rows - MostColumns + 1) * Rows);
        var shown = counts.Where(count => count.Iteration >= first).ToList();
        var columns = shown.GroupBy(count => count.Iteration / Rows).Select(column => new HeatMapColumn(column.Key * Rows, [.. column.Select(count => count.Improved)]));
        return new HeatMap([.. columns], shown.Min(count => count.Improved ?? int.MaxValue), shown.Max(count => count.Improved ?? 0), shown.Average(count => count.Expected));
    }
}

/// <summary>Ten iterations of a heat map, or so many as there are yet.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Counts">The improved perturbations of each; null where none were drawn.</param>
public sealed record HeatMapColumn(int First, IReadOnlyList<int?> Counts);
