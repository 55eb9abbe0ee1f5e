using ComPO.Admin.Connections;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Following;

/// <summary>
/// Follows a run through its log. It keeps its own place, so that a supervisor that moves to another node, or a node that is
/// away for a moment, costs no line.
/// </summary>
internal sealed class RunFollower(PatientCluster cluster)
{
    /// <summary>Follows a run to its end.</summary>
    /// <param name="runId">The run; null for the present or last one.</param>
    /// <param name="view">What is told of each iteration and each change.</param>
    /// <param name="cancellation">Stops following; the run goes on.</param>
    /// <exception cref="InterruptedException">Following was cancelled.</exception>
    public Task<TrainingStatus> ToEndAsync(string? runId, IRunView view, CancellationToken cancellation) =>
        FollowAsync(runId, view, status => status.HasEnded, cancellation);

    /// <summary>Follows a run until its first pair is found, which takes a usable model and usable data, or until it has ended before that.</summary>
    /// <exception cref="InterruptedException">Following was cancelled.</exception>
    public Task<TrainingStatus> ToBeginningAsync(string runId, IRunView view, CancellationToken cancellation) =>
        FollowAsync(runId, view, status => status.Pair is not null || status.Committed > 0 || status.HasEnded, cancellation);

    private async Task<TrainingStatus> FollowAsync(
        string? runId, IRunView view, Func<TrainingStatus, bool> isOver, CancellationToken cancellation)
    {
        try
        {
            for (var last = -1; ;)
            {
                var progress = await cluster.AskAsync<TrainingProgress>(new GetProgress(runId, last), cancellation);
                runId ??= progress.Status.RunId;
                foreach (var line in progress.Lines)
                {
                    var record = IterationRecord.FromJson(line, $"The log of run {runId}, after iteration {last}");
                    view.Add(line, record);
                    last = record.Iteration;
                }
                view.Update(progress.Status);
                if (progress.HasMore)
                    continue;
                if (isOver(progress.Status))
                    return progress.Status;
                await cluster.PauseAsync(cancellation);
            }
        }
        catch (OperationCanceledException interruption) when (cancellation.IsCancellationRequested)
        {
            throw new InterruptedException(
                $"Interrupted; {(runId is null ? "the run" : $"run {runId}")} goes on: 'watch' follows it again, 'stop' ends it.", interruption);
        }
    }
}
