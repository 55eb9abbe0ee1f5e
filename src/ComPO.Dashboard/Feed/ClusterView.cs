using ComPO.Dashboard.Runs;
using ComPO.Protocol;

namespace ComPO.Dashboard.Feed;

/// <summary>All that a page shows, at some moment; never changes, so that all tabs share it.</summary>
/// <param name="Status">How the run is doing; null before the cluster has answered.</param>
/// <param name="SilentSince">Since when the cluster has not answered; null while it does.</param>
/// <param name="Run">The run's iterations.</param>
/// <param name="Members">Who is in the cluster, as this node sees it; null before it has said so.</param>
/// <param name="Events">What has happened, the latest first.</param>
public sealed record ClusterView(
    TrainingStatus? Status, DateTimeOffset? SilentSince, RunPicture Run, ClusterMembers? Members, IReadOnlyList<ClusterEvent> Events)
{
    /// <summary>Before anything is known.</summary>
    public static ClusterView Nothing { get; } = new(null, null, RunPicture.None, null, []);
}
