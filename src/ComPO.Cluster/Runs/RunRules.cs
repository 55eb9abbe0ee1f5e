using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Runs;

/// <summary>What follows from a console's request: at most one event to persist, and the reply to give once it is.</summary>
internal sealed record Decision(RunEvent? Event, IComPOMessage? Reply)
{
    public static Decision Refuse(RefusalReason reason, string sentence, ExitCode exitCode = ExitCode.Refused) =>
        new(null, new RequestRefused(reason, Limits.Fit(sentence), (int)exitCode));
}

/// <summary>What a run does next.</summary>
internal enum NextStep
{
    /// <summary>Nothing: it has ended, or is paused.</summary>
    Nothing,

    /// <summary>A trainer opens the model.</summary>
    OpenModel,

    /// <summary>The held-out pairs are scored.</summary>
    Evaluate,

    /// <summary>A model is written on the way.</summary>
    WriteCheckpoint,

    /// <summary>Trainers keep the head, for those that come later.</summary>
    KeepHead,

    /// <summary>The next noisy pair is looked for.</summary>
    Select,

    /// <summary>The selected pair becomes an update.</summary>
    Aggregate,

    /// <summary>The trained model is written.</summary>
    Export,

    /// <summary>The run is over.</summary>
    End,
}

/// <summary>The rules by which runs start, go on and stop. Pure: the same state and request always decide the same.</summary>
internal static class RunRules
{
    /// <summary>Whether a run may start.</summary>
    /// <param name="last">The present or last run, if there was one.</param>
    /// <param name="history">The runs before it.</param>
    /// <param name="request">The request.</param>
    /// <param name="now">When it came.</param>
    public static Decision Start(RunState? last, PastRuns history, StartTraining request, DateTimeOffset now)
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
            return last.Started.SettingsJson == canonical
                ? new Decision(null, new TrainingStarted(id.Value, AlreadyKnown: true, last.Output))
                : Decision.Refuse(RefusalReason.RunIdTaken, $"The run {id.Value} has been started with other settings; choose another name with --run.");
        }
        if (history.Find(id.Value) is { } past)
        {
            return Decision.Refuse(
                RefusalReason.RunIdTaken, $"There has been a run {id.Value}, which lies in {past.Output} and is asked for by that name; choose another with --run.");
        }
        if (last is { IsActive: true })
        {
            return Decision.Refuse(
                RefusalReason.RunActive,
                $"The run {last.RunId} is active ({last.Committed} of {last.Settings.Iterations} iterations are done); wait for it, or stop it with stop.");
        }
        var output = Path.GetFullPath(settings.Output ?? Path.Combine("runs", id.Value));
        return new Decision(
            new RunStarted(id.Value, canonical, output, now.ToUnixTimeMilliseconds()), new TrainingStarted(id.Value, AlreadyKnown: false, output));
    }

    /// <summary>Whether there is a run to stop.</summary>
    public static Decision Stop(RunState? last, StopTraining request) => WithActive(last, request.RunId, run => new Decision(
        run is { IsStopWanted: true, Pause: null } ? null : new StopRequested(), new TrainingStopping(run.RunId, run.Committed)));

    /// <summary>Whether there is a run to pause.</summary>
    public static Decision Pause(RunState? last, PauseTraining request, DateTimeOffset now) => WithActive(last, request.RunId, run => run switch
    {
        { Pause: not null } => new Decision(null, new TrainingPausing(run.RunId, run.Committed, AlreadyPaused: true)),
        { IsStopWanted: true } => Decision.Refuse(RefusalReason.NoSuchRun, $"The run {run.RunId} is being stopped."),
        _ => new Decision(
            new RunPaused("An operator has paused it.", IsFault: false, now.ToUnixTimeMilliseconds()),
            new TrainingPausing(run.RunId, run.Committed, AlreadyPaused: false)),
    });

    /// <summary>Whether there is a run to go on with.</summary>
    public static Decision Resume(RunState? last, ResumeTraining request, DateTimeOffset now) => WithActive(last, request.RunId, run => run.Pause is { } pause
        ? new Decision(new RunResumed(Math.Max(0, now.ToUnixTimeMilliseconds() - pause.UnixMilliseconds)), new TrainingResumed(run.RunId, run.Committed))
        : Decision.Refuse(RefusalReason.NoSuchRun, $"The run {run.RunId} is not paused."));

    /// <summary>What a run does next.</summary>
    /// <param name="run">The run.</param>
    /// <param name="updatesBetweenHeads">After how many updates a head is kept.</param>
    public static NextStep Next(RunState run, int updatesBetweenHeads)
    {
        if (!run.IsActive || run.Pause is not null)
            return NextStep.Nothing;
        if (run.Model is null)
            return run.IsStopWanted ? NextStep.End : NextStep.OpenModel;
        if (IsEvaluationDue(run))
            return NextStep.Evaluate;
        if (IsOver(run))
            return run.Export is null ? NextStep.Export : NextStep.End;
        if (IsCheckpointDue(run.Settings, run.Committed) && !run.Checkpoints.Contains(run.Committed))
            return NextStep.WriteCheckpoint;
        if (run.Pair is not null)
            return NextStep.Aggregate;
        return UpdatesSinceKeptHead(run) >= updatesBetweenHeads ? NextStep.KeepHead : NextStep.Select;
    }

    /// <summary>How a run that does nothing more has ended.</summary>
    public static RunPhase Outcome(RunState run) => run.Committed >= run.Settings.Iterations
        ? RunPhase.Completed
        : run.IsStopWanted ? RunPhase.Stopped : RunPhase.Exhausted;

    /// <summary>Whether a model is written after so many iterations; the last one's goes to the model folder anyway.</summary>
    public static bool IsCheckpointDue(RunSettings settings, int committed) => committed > 0 && committed < settings.Iterations
        && (settings.Checkpoints.Contains(committed) || settings.CheckpointEvery is { } every && committed % every == 0);

    // Before the first iteration, every so many, and at the end, however it comes.
    private static bool IsEvaluationDue(RunState run)
    {
        if (run.Settings.EvalData is null || run.Evaluations.Any(scored => scored.Committed == run.Committed))
            return false;
        return run.Committed == 0 || IsOver(run) || run.Settings.EvalEvery is { } every && run.Committed % every == 0;
    }

    private static Decision WithActive(RunState? last, string? id, Func<RunState, Decision> decide) => last switch
    {
        not { IsActive: true } => Decision.Refuse(RefusalReason.NoSuchRun, "No run is active."),
        _ when id is not null && id != last.RunId => Decision.Refuse(RefusalReason.NoSuchRun, $"The run {id} is not active; {last.RunId} is."),
        _ => decide(last),
    };

    private static int UpdatesSinceKeptHead(RunState run) =>
        run.Commits.Skip(run.KeptHead?.Committed ?? 0).Count(committed => committed.Verdict == IterationVerdict.Accepted);

    private static bool IsOver(RunState run) => run.Committed >= run.Settings.Iterations || run.IsStopWanted || run.IsExhausted;
}
