using ComPO.Cluster.Runs;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>A run as consoles see it.</summary>
internal static class RunStatus
{
    public static TrainingStatus Of(RunState? run, RunProgress progress, TrainerRoster roster, TimeSpan clock, string supervisor, long lastEvent, DateTimeOffset now)
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
            roster.Describe(clock),
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
