using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>What a run is doing, in words.</summary>
internal static class RunPhrases
{
    /// <summary>A phase.</summary>
    public static string Phase(RunPhase phase) => phase switch
    {
        RunPhase.Idle => "idle",
        RunPhase.Starting => "loading the model",
        RunPhase.Waiting => "waiting for a trainer",
        RunPhase.Selecting => "looking for a noisy pair",
        RunPhase.Preparing => "preparing the pair",
        RunPhase.Probing => "probing",
        RunPhase.Aggregating => "aggregating outcomes",
        RunPhase.Updating => "updating the heads",
        RunPhase.Evaluating => "scoring held-out pairs",
        RunPhase.Exporting => "writing the model",
        RunPhase.Completed => "completed",
        RunPhase.Exhausted => "ended: no noisy pair left",
        RunPhase.Stopped => "stopped",
        RunPhase.Failed => "failed",
        RunPhase.Paused => "paused",
        _ => phase.ToString(),
    };

    /// <summary>Improved so far against predicted.</summary>
    public static string Improved(TrainingStatus status)
    {
        var share = status.PerturbationsDone == 0 ? "–" : Units.Percent((double)status.Improved / status.PerturbationsDone);
        return status.Predicted is { } predicted ? $"improved {share} (predicted {Units.Percent(predicted)})" : $"improved {share}";
    }

    /// <summary>That a run is paused, and why, or that it is not any more.</summary>
    public static string Pause(TrainingStatus status) =>
        status.Paused is { } why ? $"Run {status.RunId} is paused: {why}" : $"Run {status.RunId} goes on.";

    /// <summary>How a run ended, as one sentence.</summary>
    public static string Ending(TrainingStatus status) => status.Phase switch
    {
        RunPhase.Completed => $"Run {status.RunId} is complete: {Work(status)}.",
        RunPhase.Exhausted => $"Run {status.RunId} found no further noisy pair and ended after {Work(status)}; what it committed is kept.",
        RunPhase.Stopped => $"Run {status.RunId} was stopped after {Work(status)}; what it committed is kept.",
        RunPhase.Failed => status.Failure ?? $"Run {status.RunId} failed after {Work(status)}; the nodes' logs say why.",
        _ => $"Run {status.RunId} is {Phase(status.Phase)}.",
    };

    private static string Work(TrainingStatus status) =>
        $"{Units.Count(status.Committed, "iteration")}, {Units.Count(status.Accepted, "update")} accepted, in {Units.Duration(status.ElapsedSeconds)}";
}
