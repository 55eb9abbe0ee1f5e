using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Runs;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What consoles ask, and what they get to see. Each request ends in one reply.</summary>
internal sealed partial class TrainingSupervisor
{
    private readonly RunProgress _progress;
    private WaitingRequest? _waiting;
    private PendingPlan? _planning;

    private void ListenToConsoles()
    {
        Command<StartTraining>(OnStart);
        Command<PlanTraining>(OnPlan);
        Command<StopTraining>(OnStop);
        Command<GetStatus>(_ => Sender.Tell(Status()));
        Command<GetProgress>(OnGetProgress);
        Command<GetRunLogHead>(OnGetRunLogHead);
        Command<GetEvents>(request => Sender.Tell(_events.After(request.After, _address)));
        Command<NoTrainerCame>(_ => OnNoTrainerCame());
    }

    private void OnStart(StartTraining request)
    {
        if (IsBusyWithRequest())
            return;
        var decision = RunRules.Start(_run, request, _time.GetUtcNow());
        if (decision.Event is not RunStarted started)
        {
            Sender.Tell(decision.Reply);
            return;
        }
        var asker = Sender;
        WhenThereIsATrainer(asker, () => OpenFolder(started, decision.Reply!, asker));
    }

    private void OnStop(StopTraining request)
    {
        var asker = Sender;
        var decision = RunRules.Stop(_run, request);
        if (decision.Event is null)
        {
            asker.Tell(decision.Reply);
            return;
        }
        var isBehind = Run.Pause is { IsFault: true };
        Happen(decision.Event, () =>
        {
            if (isBehind)
                _recorder.Tell(RunRecorder.Restore.Of(Run));
            RunLog.Info("Run {Run} is being stopped after {Committed} iterations", Run.RunId, Run.Committed);
            _events.Add(EventKind.RunControlled, $"Run {Run.RunId} is being stopped after {Run.Committed} iterations.");
            asker.Tell(decision.Reply);
            AbandonStep();
            GoOn();
        });
    }

    private void OnPlan(PlanTraining request)
    {
        if (IsBusyWithRequest())
            return;
        if (_run is { IsActive: true })
        {
            Sender.Tell(new RequestRefused(
                RefusalReason.RunActive, $"The run {Run.RunId} is active and the trainers are busy with it; ask again when it is over.", (int)ExitCode.Refused));
            return;
        }
        RunSettings settings;
        try
        {
            settings = RunSettings.FromJson(request.SettingsJson);
            settings.Validate();
        }
        catch (UsageException exception)
        {
            Sender.Tell(new RequestRefused(RefusalReason.InvalidSettings, exception.Message, (int)ExitCode.Usage));
            return;
        }
        var asker = Sender;
        WhenThereIsATrainer(asker, () => Plan(settings, asker));
    }

    private void Plan(RunSettings settings, IActorRef asker)
    {
        // One trainer looks: the others would find the same.
        var planner = _roster.All.First().Trainer;
        _planning = new PendingPlan(settings, planner, asker);
        _round.Ask([planner], (_, number) => new PlanRun(number, settings.ToJson()), Self);
    }

    private void OnPlanned(INodeReply reply)
    {
        var plan = _planning!;
        switch (_round.Take(reply))
        {
            case RoundState.Complete:
                EndPlan(RunEstimate.Of(plan.Settings, _round.Replies<RunPlanned>()[0], _roster.Describe(Now)));
                break;
            case RoundState.Failed:
                var failed = _round.Failure!.Value.Reply;
                EndPlan(new RequestRefused(RefusalReason.BadInput, failed.Sentence, failed.ExitCode));
                break;
        }
    }

    private void EndPlan(IComPOMessage answer)
    {
        _planning!.Asker.Tell(answer);
        _planning = null;
        _round.Forget();
    }

    // One request at a time waits for a trainer or a disk. Those that come meanwhile do not wait behind it: their askers would have given up by then, and
    // a run would start that nobody knows of.
    private bool IsBusyWithRequest()
    {
        var with = this switch
        {
            { _opening: { } opening } => $"makes the folder of run {opening.Started.RunId}",
            { _planning: { } plan } => $"has {plan.Planner.Address} look at what a run would do",
            { _waiting: not null } => "waits for a first trainer",
            _ => null,
        };
        if (with is not null)
            RefuseForNow($"The supervisor {with} for another request; ask again when it has.");
        return with is not null;
    }

    private void RefuseForNow(string sentence) => Sender.Tell(new RequestRefused(RefusalReason.NotReady, Limits.Fit(sentence), (int)ExitCode.Refused));

    /// <summary>Goes on once there is a trainer; a node that has just started may take a moment to register.</summary>
    private void WhenThereIsATrainer(IActorRef asker, Action then)
    {
        if (_roster.All.Count > 0)
        {
            then();
            return;
        }
        _waiting = new WaitingRequest(asker, then);
        Timers.StartSingleTimer(NoTrainerCame.Instance, NoTrainerCame.Instance, _settings.TrainerWait);
    }

    private void ServeWaitingRequest()
    {
        if (_waiting is not { } waiting)
            return;
        Timers.Cancel(NoTrainerCame.Instance);
        _waiting = null;
        waiting.Then();
    }

    private void OnNoTrainerCame()
    {
        _waiting?.Asker.Tell(new RequestRefused(
            RefusalReason.NoTrainer,
            $"No trainer has joined within {_settings.TrainerWait.TotalSeconds:0} seconds; start a node with --role trainer that joins this cluster.",
            (int)ExitCode.Refused));
        _waiting = null;
    }

    private void OnGetProgress(GetProgress request)
    {
        if (_run is null || request.RunId is { } id && id != _run.RunId)
        {
            RefuseUnknownRun(request.RunId, "follow");
            return;
        }
        var first = (int)Math.Clamp(request.AfterIteration + 1L, 0, _run.Committed);
        var lines = _run.Commits.GetRange(first, Math.Min(Limits.LogLines, _run.Committed - first)).Select(committed => committed.Line).ToArray();
        Sender.Tell(new TrainingProgress(lines, first + lines.Length < _run.Committed, Status()));
    }

    private void OnGetRunLogHead(GetRunLogHead request)
    {
        if (_run is null || request.RunId is { } id && id != _run.RunId)
        {
            RefuseUnknownRun(request.RunId, "report on");
            return;
        }
        if (_run.Model is not { } model)
        {
            Sender.Tell(new RequestRefused(
                RefusalReason.NotReady, $"Run {_run.RunId} has not opened its model yet, so its log has no line; ask again.", (int)ExitCode.Refused));
            return;
        }
        var first = Math.Clamp(request.AfterEvaluation, 0, _run.Evaluations.Count);
        var lines = _run.Evaluations.Skip(first).Take(Limits.Evaluations).Select(RunLogLines.Scored).ToArray();
        Sender.Tell(new RunLogHead(model.HeaderLine, lines, first + lines.Length < _run.Evaluations.Count));
    }

    private void RefuseUnknownRun(string? runId, string purpose) =>
        Sender.Tell(new RequestRefused(RefusalReason.NoSuchRun, $"There is no run {runId ?? "yet"} to {purpose}.", (int)ExitCode.Refused));

    private TrainingStatus Status() => RunStatus.Of(_run, _progress, _roster, Now, _address, _events.Last, _time.GetUtcNow());

    /// <summary>A request that waits for a first trainer.</summary>
    private sealed record WaitingRequest(IActorRef Asker, Action Then);

    /// <summary>A dry run under way.</summary>
    private sealed record PendingPlan(RunSettings Settings, Trainer Planner, IActorRef Asker);

    /// <summary>The wait for a first trainer is over.</summary>
    internal sealed class NoTrainerCame : INoSerializationVerificationNeeded
    {
        public static readonly NoTrainerCame Instance = new();

        private NoTrainerCame()
        {
        }
    }
}
