using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Errors;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>Trainers come and go, catch up, and fail.</summary>
internal sealed partial class TrainingSupervisor
{
    private readonly TrainerRoster _roster = new();
    private IReadOnlyList<UpdatePart> _lastParts = [];

    private TimeSpan Now => _time.GetElapsedTime(0);

    /// <summary>Who may hold features, updates and heads: the run folder's node too, and trainers that catch up, which may have found the pair.</summary>
    private string[] Holders => _roster.Holders(_address);

    private void ListenToTrainers()
    {
        Command<RegisterNode>(OnRegister);
        Command<UnregisterNode>(leaving => Lose(_roster.Find(leaving.Address), "is leaving", LogLevel.InfoLevel));
        Command<Terminated>(terminated => Lose(_roster.Find(terminated.ActorRef), "left the cluster"));
        Command<Tick>(_ => OnTick());
        Command<TrainerLoaded>(OnLoaded);
        Command<TrainerCaughtUp>(OnCaughtUp);
        Command<TrainerUnfit>(OnUnfit);
        Command<TrainerStumbled>(OnStumbled);
        Command<TrainerFaulted>(OnFault);
    }

    private void OnRegister(RegisterNode register)
    {
        if (_roster.Find(register.Node.Address) is { } before && !before.Trainer.Agent.Equals(Sender))
            Lose(before, "was started again");
        if (_roster.IsFull && _roster.Find(register.Node.Address) is null)
        {
            Sender.Tell(new RequestRefused(
                RefusalReason.TooManyTrainers, $"The cluster has {Limits.Nodes} trainers, as many as it takes; stop one before another joins.", (int)ExitCode.Refused));
            return;
        }
        if (_roster.Register(Sender, register.Node, Now) is { } member)
        {
            Context.Watch(Sender);
            var devices = string.Join(", ", register.Node.Devices.Select(device => device.Name));
            RunLog.Info("Trainer {Address} joined with {Devices}", member.Address, devices);
            _events.Add(EventKind.TrainerJoined, $"It joined with {devices}.", member.Address);
            // It may have been away when a run ended, and hold what that has left.
            if (_run is not { IsActive: true })
                Clear(member);
            Guide(member);
            ServeWaitingRequest();
        }
        else if (register.IsHeldUp)
        {
            GoOnWithout(_roster.Find(register.Node.Address)!);
        }
        Sender.Tell(new NodeRegistered(register.Node.Address));
    }

    /// <summary>A trainer whose device does not stop what nobody needs any more holds up nothing as long as there are others: it catches up when the device has.</summary>
    private void GoOnWithout(TrainerRoster.Member member)
    {
        if (_run is not { IsActive: true } || _isClosing || member.Trainer.Node.State != TrainerState.Ready || _roster.Ready.Count() == 1)
            return;
        RunLog.Warning("Trainer {Address} is held up by a device that does not stop; the run goes on without it until it does", member.Address);
        _events.Add(EventKind.TrainerFaulted, "It is held up by a device that does not stop; the run goes on without it until it does.", member.Address);
        _aggregator.Tell(new TrainerWent(member.Address));
        // What waits for the device others do now.
        member.Trainer.Agent.Tell(new StopProbing(NodeRound.NoOne));
        Guide(member);
        if (_task?.Leader.Agent.Equals(member.Trainer.Agent) == true)
            RepeatTask();
        TellScout();
    }

    private void OnTick()
    {
        foreach (var silent in _roster.Silent(Now, _settings.TrainerSilence))
            Lose(silent, $"has said nothing for {_settings.TrainerSilence.TotalSeconds:0} seconds");
        _round.Resend(Self);
        RunTelemetry.Stands(_run, _roster.All);
        if (_missedFeatures.Count > 0 && !_isClosing)
            StoreMissedFeatures();
    }

    private void Lose(TrainerRoster.Member? member, string why, LogLevel level = LogLevel.WarningLevel)
    {
        if (member is null)
            return;
        RunLog.Log(level, null, "Trainer {Address} {Why}", member.Address, why);
        _events.Add(EventKind.TrainerLeft, $"It {why}.", member.Address);
        Context.Unwatch(member.Trainer.Agent);
        Context.Stop(member.Guide);
        _roster.Remove(member);
        // Whoever catches up would ask it for every update in turn, and wait each time.
        if (_run is { IsActive: true } && !_isClosing)
            TellGuides();
        _aggregator.Tell(new TrainerWent(member.Address));
        if (_planning?.Planner.Agent.Equals(member.Trainer.Agent) == true)
            EndPlan(new RequestRefused(RefusalReason.NoTrainer, $"The trainer {member.Address} {why} while it was looking.", (int)ExitCode.Refused));
        if (_task?.Leader.Agent.Equals(member.Trainer.Agent) == true)
            RepeatTask();
        TellScout();
    }

    /// <summary>Has a trainer brought to where the run stands, if there is a run that needs it.</summary>
    private void Guide(TrainerRoster.Member member)
    {
        if (_run is not { IsActive: true } || _isClosing || member.Trainer.Node.State is TrainerState.Quarantined or TrainerState.Refused)
            return;
        member.Become(TrainerState.CatchingUp);
        Context.Stop(member.Guide);
        member.Guide = Context.ActorOf(TrainerGuide.PropsFor(member.Trainer, Stands(), _settings.ResendInterval));
    }

    private RunStands Stands() => new(Run, _lastParts, Holders);

    /// <summary>Tells every guide that the run has moved.</summary>
    private void TellGuides()
    {
        var stands = Stands();
        foreach (var member in _roster.All)
            member.Guide.Tell(stands);
    }

    private void OnLoaded(TrainerLoaded loaded)
    {
        if (_roster.Find(loaded.Trainer.Address) is not { } member || !member.Guide.Equals(Sender))
            return;
        member.Has(loaded.Model);
        if (Run.Model is not null || _isClosing)
            return;
        var opened = new ModelOpened(
            loaded.Model.BaseDigest, loaded.Model.Head, member.Trainer.Node.ComputeClass, RunLogLines.Header(Run, loaded.Model, member.Trainer.Node.ComputeClass));
        Happen(opened, () =>
        {
            _recorder.Tell(RunRecorder.AppendLine.ToLog(opened.HeaderLine));
            TellGuides();
            GoOn();
        });
    }

    private void OnCaughtUp(TrainerCaughtUp caughtUp)
    {
        if (_roster.Find(caughtUp.Trainer.Address) is not { } member || !member.Guide.Equals(Sender) || caughtUp.HeadDigest != Run.HeadDigest)
            return;
        // An iteration that moved no head leaves everyone ready as before.
        if (member.Trainer.Node.State == TrainerState.Ready)
            return;
        RunLog.Info("Trainer {Address} is ready with head {Head}", member.Address, caughtUp.HeadDigest);
        member.Become(TrainerState.Ready, head: caughtUp.HeadDigest);
        _aggregator.Tell(new TrainerCame(member.Trainer, Holders));
        GoOn();
    }

    // What a guide said of a trainer that has been started again since is no news.
    private void OnStumbled(TrainerStumbled stumbled)
    {
        if (_roster.Find(stumbled.Trainer.Address) is { } member && member.Guide.Equals(Sender))
            OnFault(new TrainerFaulted(member.Address, stumbled.Disagrees ? TrainerFault.Disagrees : TrainerFault.Failed, stumbled.Sentence, stumbled.ExitCode));
    }

    private void OnUnfit(TrainerUnfit unfit)
    {
        if (_roster.Find(unfit.Trainer.Address) is not { } member || !member.Guide.Equals(Sender))
            return;
        RunLog.Error("Trainer {Address} is refused: {Sentence}", member.Address, unfit.Sentence);
        _events.Add(EventKind.TrainerRefused, unfit.Sentence, member.Address);
        member.Become(TrainerState.Refused, unfit.Sentence);
        TellScout();
    }

    /// <summary>A trainer that failed is brought up again; one that does so too often, or answers wrongly, is left alone; a run that all fail ends.</summary>
    private void OnFault(TrainerFaulted faulted)
    {
        var (address, fault, sentence, exitCode) = faulted;
        if (_isClosing || _roster.Find(address) is not { } member)
            return;
        if (fault == TrainerFault.Interrupted)
        {
            // Should it stay after all, it is brought back to where the run stands.
            _aggregator.Tell(new TrainerWent(address));
            Guide(member);
            TellScout();
            return;
        }
        RunLog.Warning("Trainer {Address} failed: {Sentence}", address, sentence);
        _events.Add(EventKind.TrainerFaulted, sentence, address);
        _aggregator.Tell(new TrainerWent(address));
        Context.Stop(member.Guide);
        member.Guide = ActorRefs.Nobody;
        if (Run.Model is null)
        {
            // What the one cannot load the others may; when none can, the first to say so is right.
            member.Become(TrainerState.Refused, sentence);
            if (!_roster.Usable.Any(other => other.Trainer.Node.State != TrainerState.Refused))
                Fail(sentence, exitCode);
            return;
        }
        if (fault == TrainerFault.Disagrees)
        {
            member.Disagreements++;
            Instruments.DigestMismatches.Add(1);
        }
        switch (FaultRules.Judge(fault, member.Disagreements, ++member.Stumbles, _settings.MostFailures, _roster.HasOthersLike(member)))
        {
            case FaultVerdict.Quarantine:
                RunLog.Error("Trainer {Address} is quarantined: {Sentence}", address, sentence);
                Instruments.Quarantines.Add(1);
                _events.Add(EventKind.TrainerQuarantined, sentence, address);
                member.Become(TrainerState.Quarantined, sentence);
                break;
            case FaultVerdict.EndRun:
                Fail(sentence, exitCode);
                return;
            default:
                Guide(member);
                break;
        }
        TellScout();
    }
}
