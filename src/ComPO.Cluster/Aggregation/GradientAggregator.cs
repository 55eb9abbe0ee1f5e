using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Aggregation;
using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>
/// Turns one iteration's pair into a checked update, then is done; a child of the supervisor, made anew for each iteration. It has each trainer
/// that comes prepare the pair, has their devices served at a <see cref="ProbingDesk"/>, and has an <see cref="UpdateEmitter"/> make the update. Trainers
/// may come and go at any time. A report is accepted once the supervisor has persisted it; the update is begun before, since nothing comes of it that the
/// supervisor does not persist after. It holds neither head nor features: the trainers do.
/// </summary>
internal sealed class GradientAggregator : ReceiveActor, IWithTimers
{
    private readonly AggregationPlan _plan;
    private readonly ComPOSettings _settings;
    private readonly IterationTrainers _trainers;
    private readonly ProbingDesk _desk;
    private readonly TimeProvider _time;
    private readonly LapClock _clock;
    private IActorRef _emitter = ActorRefs.Nobody;
    private PairIsPrepared? _pair;
    private double _prepareSeconds;
    private double _probeSeconds;
    private bool _isDecided;
    private TimeSpan _rowsDeadline;

    public GradientAggregator(AggregationPlan plan, ComPOSettings settings, TimeProvider time)
    {
        (_plan, _settings, _time, _clock) = (plan, settings, time, new LapClock(time));
        _rowsDeadline = settings.RowsDeadline;
        _trainers = new IterationTrainers(plan);
        _desk = new ProbingDesk(plan, _trainers, settings.BlockDeadline, _clock);

        Receive<TrainerCame>(OnCame);
        Receive<TrainerWent>(went => OnWent(went.Address));
        Receive<PairPrepared>(OnPrepared);
        Receive<NodeFailed>(OnNodeFailed);
        Receive<ProbingStarted>(reply => _trainers.Take(reply));
        Receive<RequestBlock>(request => Sender.Tell(_desk.HandOut(request)));
        Receive<BlockProbed>(OnProbed);
        Receive<BlockFailed>(OnBlockFailed);
        Receive<HoldProbing>(hold =>
        {
            _desk.IsHeld = hold.IsHeld;
            TellIfHeld();
        });
        Receive<OutcomesKept>(kept => OnKept(kept.Number));
        Receive<UpdateReady>(ready => Finish(ready with { Seconds = ready.Seconds with { Prepare = _prepareSeconds, Probe = _probeSeconds } }));
        Receive<TrainerFaulted>(faulted => OnOwnersFaulted([faulted]));
        Receive<OwnersAreSilent>(silent =>
        {
            // Those that are slow and come back would else take turns for ever.
            _rowsDeadline *= 2;
            OnOwnersFaulted(silent.Owners);
        });
        Receive<Flush>(_ => SendBatch());
        Receive<Resend>(_ =>
        {
            _trainers.Resend(Self);
            TellIfHeld();
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(AggregationPlan plan, ComPOSettings settings, TimeProvider time) =>
        Props.Create(() => new GradientAggregator(plan, settings, time));

    private double ImprovedShare => _plan.IsExact ? _pair!.Predicted : (double)_desk.Improved / _plan.Probes;

    private OutcomeBits? Outcomes => _plan.IsExact ? null : _desk.Outcomes;

    // An emitter that throws would throw again: the run ends with the cause.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(Resend.Instance, Resend.Instance, _settings.ResendInterval);

    private void OnCame(TrainerCame came)
    {
        _trainers.Add(came.Trainer, came.Holders, Self);
        _desk.Expect(came.Trainer.Address);
    }

    private void OnPrepared(PairPrepared prepared)
    {
        if (_trainers.Take(prepared) is not { } trainer)
            return;
        if (prepared.HeadDigest != _plan.HeadDigest)
        {
            // Its answer would be as wrong as its head, and it may be the first.
            Report(trainer.Address, TrainerFault.Disagrees, ExitCode.DigestMismatch,
                $"{trainer.Address} prepared row {_plan.Row} on a head with digest {prepared.HeadDigest}; the run's has {_plan.HeadDigest}.");
            return;
        }
        if (_pair is null)
        {
            _pair = new PairIsPrepared(prepared.Before, prepared.Predicted);
            _prepareSeconds = _clock.Lap();
            Context.Parent.Tell(_pair);
        }
        // Other kinds of arithmetic round otherwise; among those of one kind a difference is a fault.
        else if (!_plan.Settings.AllowMixedClasses && (prepared.Before != _pair.Before || !prepared.Predicted.Equals(_pair.Predicted)))
        {
            Report(trainer.Address, TrainerFault.Disagrees, ExitCode.RunFailed,
                $"{trainer.Address} gives row {_plan.Row} the log-probabilities {prepared.Before.Chosen:R} and {prepared.Before.Rejected:R}, others "
                + $"{_pair.Before.Chosen:R} and {_pair.Before.Rejected:R}; a run needs trainers that compute alike.");
            return;
        }
        if (_desk.IsComplete)
            Decide();
        else
            _trainers.StartProbing(trainer, Self);
    }

    private void OnProbed(BlockProbed probed)
    {
        if (_desk.Find(probed.Iteration, probed.Block) is not { } block)
            return;
        OutcomeBits outcomes;
        try
        {
            outcomes = OutcomeBits.FromBytes(probed.Outcomes, block.Count);
        }
        catch (FormatException exception)
        {
            OnBlockFailed(new BlockFailed(probed.Iteration, probed.Block, probed.Device, exception.Message));
            return;
        }
        switch (_desk.Take(block, outcomes, probed.Device, Sender))
        {
            case ReportState.Settled:
                Sender.Tell(new BlockAccepted(_plan.Iteration, block.Number));
                break;
            case ReportState.First:
                Timers.StartSingleTimer(Flush.Instance, Flush.Instance, _settings.PersistInterval);
                break;
            case ReportState.Last:
                _probeSeconds = _clock.Lap();
                SendBatch();
                Decide();
                break;
        }
    }

    private void SendBatch()
    {
        if (_desk.CloseBatch() is { } batch)
            Context.Parent.Tell(batch);
    }

    private void OnKept(long number)
    {
        Accept(number);
        TellIfHeld();
    }

    private void Accept(long number)
    {
        foreach (var (block, device) in _desk.Keep(number))
            device.Tell(new BlockAccepted(_plan.Iteration, block));
    }

    private void TellIfHeld()
    {
        if (_desk.IsAtRest)
            Context.Parent.Tell(ProbingHeld.Instance);
    }

    private void OnBlockFailed(BlockFailed failed)
    {
        if (_desk.Find(failed.Iteration, failed.Block) is not { } block)
            return;
        Sender.Tell(new BlockAccepted(failed.Iteration, failed.Block));
        // A trainer that is gone has handed back its blocks already; another's failures are nobody's.
        if (!_trainers.Owns(failed.Device))
            return;
        var failures = _desk.Fail(block, failed.Device);
        TellIfHeld();
        if (failures >= _settings.MostFailures)
        {
            Finish(new AggregationFailed(
                $"Perturbations {block.First} to {block.First + block.Count - 1} of iteration {_plan.Iteration} failed {failures} times, last on {failed.Device}: {failed.Sentence}",
                (int)ExitCode.RunFailed));
            return;
        }
        if (_trainers.CountFailure(failed.Device, failed.Block) is { } trainer && trainer.Failures >= _settings.MostFailures && _trainers.Count > 1)
        {
            Report(trainer.Address, TrainerFault.Poisoned, ExitCode.RunFailed,
                $"{trainer.Failures} blocks of iteration {_plan.Iteration} failed on {trainer.Address}, the last one on {failed.Device}: {failed.Sentence}");
        }
    }

    private void OnNodeFailed(NodeFailed failed)
    {
        if (_trainers.Take(failed) is { } member)
            Report(TrainerFaulted.By(member.Trainer, failed));
    }

    private void OnOwnersFaulted(IReadOnlyList<TrainerFaulted> faulted)
    {
        // One that was stopped meanwhile has nothing to say any more.
        if (!Sender.Equals(_emitter))
            return;
        foreach (var owner in faulted)
            Context.Parent.Tell(owner);
        OnWent([.. faulted.Select(owner => owner.Address)]);
    }

    private void Report(string address, TrainerFault fault, ExitCode exitCode, string sentence) =>
        Report(new TrainerFaulted(address, fault, sentence, (int)exitCode));

    private void Report(TrainerFaulted faulted)
    {
        Context.Parent.Tell(faulted);
        OnWent(faulted.Address);
    }

    private void OnWent(params string[] addresses)
    {
        var shareRows = false;
        foreach (var address in addresses)
        {
            if (!_trainers.Remove(address, out var wasPrepared))
                continue;
            _desk.Release(address);
            shareRows |= wasPrepared;
        }
        TellIfHeld();
        if (!_isDecided || !shareRows)
            return;
        // Its rows are gone with it: the others share them out anew.
        Context.Stop(_emitter);
        _emitter = ActorRefs.Nobody;
        Emit();
    }

    private void Decide()
    {
        if (_pair is null)
            return;
        if (_isDecided)
        {
            // A trainer has come after all others had gone, or while they are at it.
            if (_emitter.Equals(ActorRefs.Nobody))
                Emit();
            else
                _emitter.Tell(AnotherIsPrepared.Instance);
            return;
        }
        _isDecided = true;
        var passes = _plan.IsExact
            ? Gate.Passes(_pair.Predicted, _plan.Settings.Gate)
            : Gate.Passes(_desk.Improved, _plan.Probes, _plan.Settings.Gate);
        if (passes)
            Emit();
        else
            Finish(new GateRefused(Outcomes, _desk.Improved, new AggregationSeconds(_prepareSeconds, _probeSeconds, 0, 0, 0)));
    }

    private void Emit()
    {
        var owners = _trainers.Prepared();
        if (owners.Count > 0)
        {
            _emitter = Context.ActorOf(UpdateEmitter.PropsFor(
                _plan, Outcomes, ImprovedShare, owners, _settings with { RowsDeadline = _rowsDeadline }, _time));
        }
    }

    private void Finish(object result)
    {
        Context.Parent.Tell(result);
        // What devices still say is answered, until the supervisor stops this actor.
        Become(() =>
        {
            Receive<OutcomesKept>(kept => Accept(kept.Number));
            Receive<RequestBlock>(late => Sender.Tell(new ProbingOver(late.Iteration)));
            Receive<BlockProbed>(late => Sender.Tell(new BlockAccepted(late.Iteration, late.Block)));
            Receive<BlockFailed>(late => Sender.Tell(new BlockAccepted(late.Iteration, late.Block)));
            ReceiveAny(_ => { });
        });
    }

    /// <summary>Time to have persisted what has come in.</summary>
    internal sealed class Flush : INoSerializationVerificationNeeded
    {
        public static readonly Flush Instance = new();

        private Flush()
        {
        }
    }

    /// <summary>Time to repeat what was not answered.</summary>
    internal sealed class Resend : INoSerializationVerificationNeeded
    {
        public static readonly Resend Instance = new();

        private Resend()
        {
        }
    }
}
