using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>A run as consoles see it.</summary>
internal static class RunStatus
{
    /// <param name="run">The run; null before the first.</param>
    /// <param name="progress">What it is doing.</param>
    /// <param name="roster">Its trainers.</param>
    /// <param name="clock">The time that trainers were heard by.</param>
    /// <param name="supervisor">The address of the node that leads.</param>
    /// <param name="lastEvent">The time of the last event.</param>
    /// <param name="now">The time that the run was started by.</param>
    /// <param name="nodesBytes">How much may be said of trainers.</param>
    public static TrainingStatus Of(
        RunState? run, RunProgress progress, TrainerRoster roster, TimeSpan clock, string supervisor, long lastEvent, DateTimeOffset now,
        int nodesBytes = Limits.NodesBytes)
    {
        var isActive = run is { IsActive: true };
        var elapsed = run?.End is { } end ? TimeSpan.FromSeconds(end.ElapsedSeconds) : isActive ? run!.Elapsed(now) : TimeSpan.Zero;
        return new TrainingStatus(
            run?.RunId,
            run is null ? RunPhase.Idle : run.End?.Outcome ?? progress.Phase,
            run?.Committed ?? 0,
            run?.Settings.Iterations ?? 0,
            run?.Committed ?? 0,
            isActive ? progress.PerturbationsDone : 0,
            run?.Settings.Perturbations ?? 0,
            isActive ? progress.Improved : 0,
            isActive ? progress.Predicted : null,
            isActive ? progress.Pair : null,
            run?.Count(IterationVerdict.Accepted) ?? 0,
            run?.Count(IterationVerdict.NotAccepted) ?? 0,
            run?.Count(IterationVerdict.GateRefused) ?? 0,
            run?.LastAfter?.Chosen,
            run?.LastAfter?.Rejected,
            isActive ? progress.BlocksPerSecond : 0,
            run?.Started.UnixMilliseconds ?? 0,
            elapsed.TotalSeconds,
            isActive ? Remaining(run!, elapsed) : null,
            run?.HeadDigest,
            run?.Output,
            run?.Export?.Folder,
            run?.Export?.SurvivingShare,
            run?.End?.Failure,
            run?.End?.ExitCode ?? 0,
            run is null ? [] : [.. run.Skipped],
            FittedNodes.Of(roster.Describe(clock), nodesBytes),
            supervisor,
            run?.Settings.Gate,
            lastEvent,
            run?.Pause?.Sentence,
            run?.Pause?.IsFault ?? false,
            run is null ? null : roster.Received);
    }

    // Iterations take much the same time, so their mean so far is the best guess.
    private static double? Remaining(RunState run, TimeSpan elapsed) => run.Committed == 0
        ? null
        : Math.Max(0, elapsed.TotalSeconds / run.Committed * run.Settings.Iterations - elapsed.TotalSeconds);
}
