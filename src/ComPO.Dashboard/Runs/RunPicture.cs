
using ComPO.Dashboard.Charts;

namespace ComPO.Dashboard.Runs;

/// <summary>What is known of a run's iterations at some moment; never changes, so that all tabs share it.</summary>
/// <param name="RunId">The run; null when there is none.</param>
/// <param name="Committed">Iterations that are in it.</param>
/// <param name="Points">The whole run, condensed.</param>
/// <param name="Recent">Its last iterations, in order.</param>
/// <param name="Counts">What improved in more of its last iterations, in order.</param>
public sealed record RunPicture(
    string? RunId, int Committed, IReadOnlyList<SeriesPoint> Points, IReadOnlyList<IterationSummary> Recent, IReadOnlyList<IterationCount> Counts)
{
    private RunCharts? _charts;

    /// <summary>No run.</summary>
    public static RunPicture None { get; } = new(null, 0, [], [], []);

    /// <summary>The last iteration that had an update to check.</summary>
    public IterationSummary? LastChecked => Recent.LastOrDefault(iteration => iteration.LineSearch.Count > 0);

    /// <summary>The same as charts; drawn once, for whoever looks first.</summary>
    public RunCharts Charts => _charts ??= RunCharts.Of(this);
}
