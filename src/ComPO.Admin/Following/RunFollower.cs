using ComPO.Admin.Connections;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Following;

/// <summary>
/// Follows a run through its log. It keeps its own place, so that a supervisor that moves to another node, or a node that is
/// away for a moment, costs no line.
/// </summary>
internal sealed class RunFollower(ClusterConnection cluster, Patience patience)
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
                var progress = await AskAsync(new GetProgress(runId, last), cancellation);
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
                await Task.Delay(patience.BetweenLooks, cancellation);
            }
        }
        catch (OperationCanceledException interruption) when (cancellation.IsCancellationRequested)
        {
            throw new InterruptedException(
                $"Interrupted; {(runId is null ? "the run" : $"run {runId}")} goes on: 'watch' follows it again, 'stop' ends it.", interruption);
        }
    }

    private async Task<TrainingProgress> AskAsync(GetProgress request, CancellationToken cancellation)
    {
        var deadline = DateTime.UtcNow + patience.Silence;
        while (true)
        {
            try
            {
                return await cluster.AskAsync<TrainingProgress>(request, cancellation);
            }
            catch (ComPOException silence) when (IsSilence(silence) && DateTime.UtcNow < deadline)
            {
                await Task.Delay(patience.BetweenLooks, cancellation);
            }
        }
    }

    private static bool IsSilence(ComPOException exception) =>
        exception is ClusterUnreachableException or ClusterRefusalException { Reason: RefusalReason.NotReady };
}
