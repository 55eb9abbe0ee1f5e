using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What follows from a console's request: at most one event, at most one reply that can be given at once.</summary>
internal sealed record Decision(RunEvent? Event, IComPOMessage? Reply)
{
    public static Decision Refuse(RefusalReason reason, string sentence, ExitCode exitCode = ExitCode.Refused) =>
        new(null, new RequestRefused(reason, sentence[..Math.Min(sentence.Length, Limits.Sentence)], (int)exitCode));
}

/// <summary>The rules by which runs start, go on and stop. Pure: the same state and request always decide the same.</summary>
internal static class RunRules
{
    /// <summary>Whether a run may start.</summary>
    /// <param name="last">The present or last run, if there was one.</param>
    /// <param name="request">The request.</param>
    /// <param name="now">When it came.</param>
    public static Decision Start(RunState? last, StartTraining request, DateTimeOffset now)
    {
        RunSettings settings;
        RunId id;
        try
        {
            id = new RunId(request.RunId);
            settings = RunSettings.FromJson(request.SettingsJson);
            settings.Validate();
        }
        catch (UsageException exception)
        {
            return Decision.Refuse(RefusalReason.InvalidSettings, exception.Message, ExitCode.Usage);
        }
        var canonical = settings.ToJson();
        if (last?.RunId == id.Value)
        {
            return last.SettingsJson == canonical
                ? new Decision(null, new TrainingStarted(id.Value, AlreadyKnown: true, last.Output))
                : Decision.Refuse(RefusalReason.RunIdTaken, $"The run {id.Value} has been started with other settings; choose another name with --run.");
        }
        if (last is { IsActive: true })
        {
            return Decision.Refuse(
                RefusalReason.RunActive,
                $"The run {last.RunId} is active ({last.Committed} of {last.Settings.Iterations} iterations are done); wait for it, or stop it with stop.");
        }
        var output = Path.GetFullPath(settings.Output ?? Path.Combine("runs", id.Value));
        return new Decision(new RunStarted(id.Value, canonical, settings, output, now), null);
    }

    /// <summary>Whether there is a run to stop.</summary>
    public static Decision Stop(RunState? last, StopTraining request)
    {
        if (last is not { IsActive: true })
            return Decision.Refuse(RefusalReason.NoSuchRun, "No run is active.");
        return request.RunId is { } id && id != last.RunId
            ? Decision.Refuse(RefusalReason.NoSuchRun, $"The run {id} is not active; {last.RunId} is.")
            : new Decision(null, new TrainingStopping(last.RunId, last.Committed));
    }

    /// <summary>Whether all iterations are done.</summary>
    public static bool IsDone(RunState run) => run.Committed >= run.Settings.Iterations;

    /// <summary>Whether the held-out pairs are scored after an iteration: every so many, and after the last.</summary>
    public static bool IsEvaluationDue(RunSettings settings, int iteration) => settings.EvalData is not null
        && (iteration + 1 == settings.Iterations || settings.EvalEvery is { } every && (iteration + 1) % every == 0);

    /// <summary>Whether a model is written after so many iterations; the last one's goes to the model folder anyway.</summary>
    public static bool IsCheckpointDue(RunSettings settings, int committed) => committed < settings.Iterations
        && (settings.Checkpoints.Contains(committed) || settings.CheckpointEvery is { } every && committed % every == 0);
}
