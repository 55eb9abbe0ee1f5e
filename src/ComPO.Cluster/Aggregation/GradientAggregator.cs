using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Aggregation;
using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>
/// Turns one iteration's pair into a checked update, then is done; a child of the supervisor, made anew for each iteration. It has each trainer
/// that comes prepare the pair, owns the queue of blocks that their devices pull, and has an <see cref="UpdateEmitter"/> make the update. Trainers
/// may come and go at any time. A report is accepted once the supervisor has persisted it. It holds neither head nor features: the trainers do.
/// </summary>
internal sealed class GradientAggregator : ReceiveActor, IWithTimers
{
    private readonly AggregationPlan _plan;
    private readonly ComPOSettings _settings;
    private readonly BlockQueue _queue;
    private readonly IterationTrainers _trainers;
    private readonly OutcomeBatches _batches = new();
    private readonly DeviceWorkSheet _work = new();
    private readonly TimeProvider _time;
    private readonly LapClock _clock;
    private IActorRef _emitter = ActorRefs.Nobody;
    private PairIsPrepared? _pair;
    private double _prepareSeconds;
    private double _probeSeconds;
    private bool _isDecided;
    private bool _isHeld;

    public GradientAggregator(AggregationPlan plan, ComPOSettings settings, TimeProvider time)
    {
        (_plan, _settings, _time, _clock) = (plan, settings, time, new LapClock(time));
        _trainers = new IterationTrainers(plan);
        _queue = new BlockQueue(plan.BlockSizes, settings.BlockDeadline);
        foreach (var known in plan.Known)
            _queue.Restore(known.First, OutcomeBits.FromBytes(known.Outcomes, known.Count));

        Receive<TrainerCame>(OnCame);
        Receive<TrainerWent>(went => OnWent(went.Address));
        Receive<PairPrepared>(OnPrepared);
        Receive<NodeFailed>(OnNodeFailed);
        Receive<ProbingStarted>(reply => _trainers.Take(reply));
        Receive<RequestBlock>(request => Sender.Tell(HandOut(request)));
        Receive<BlockProbed>(OnProbed);
        Receive<BlockFailed>(OnBlockFailed);
        Receive<HoldProbing>(hold =>
        {
            _isHeld = hold.IsHeld;
            TellIfHeld();
        });
        Receive<OutcomesKept>(kept => OnKept(kept.Number));
        Receive<UpdateReady>(ready => Finish(ready with { Seconds = ready.Seconds with { Prepare = _prepareSeconds, Probe = _probeSeconds } }));
        Receive<TrainerFaulted>(OnEmitterFaulted);
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

    private double ImprovedShare => _plan.IsExact ? _pair!.Predicted : (double)_queue.Improved / _plan.Probes;

    private OutcomeBits? Outcomes => _plan.IsExact ? null : _queue.Outcomes;

    // An emitter that throws would throw again: the run ends with the cause.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(Resend.Instance, Resend.Instance, _settings.ResendInterval);

    private void OnCame(TrainerCame came)
    {
        _trainers.Add(came.Trainer, came.Holders, Self);
        _queue.Expect(came.Trainer.Address);
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
        else if (prepared.Before != _pair.Before || !prepared.Predicted.Equals(_pair.Predicted))
        {
            Report(trainer.Address, TrainerFault.Disagrees, ExitCode.RunFailed,
                $"{trainer.Address} gives row {_plan.Row} the log-probabilities {prepared.Before.Chosen:R} and {prepared.Before.Rejected:R}, others "
                + $"{_pair.Before.Chosen:R} and {_pair.Before.Rejected:R}; a run needs trainers that compute alike.");
            return;
        }
        if (_queue.IsComplete)
            DecideIfAllIsKept();
        else
            _trainers.StartProbing(trainer, Self);
    }

    private IComPOMessage HandOut(RequestBlock request)
    {
        if (request.Iteration != _plan.Iteration || _queue.IsComplete)
            return new ProbingOver(request.Iteration);
        // A device whose trainer is gone for us gets no work: it may hold another head by now.
        if (_isHeld || !_trainers.Owns(request.Device) || _queue.Next(request.Device, _clock.Elapsed) is not { } block)
            return new NoBlockNow(_plan.Iteration);
        Instruments.BlocksHandedOut.Add(1);
        if (_queue.Holders(block.Number) > 1)
            Instruments.BlocksRepeated.Add(1);
        return new ProbeBlock(_plan.Iteration, block.Number, block.First, block.Count);
    }

    private void OnProbed(BlockProbed probed)
    {
        if (probed.Iteration != _plan.Iteration || _queue.Find(probed.Block) is not { } block)
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
        var handedOut = _queue.HandedOut(block.Number, probed.Device);
        if (!_trainers.Owns(probed.Device) || !_queue.Complete(block, outcomes, probed.Device, _clock.Elapsed))
        {
            AcceptIfKept(block.Number);
            return;
        }
        if (handedOut is { } since)
            _work.Add(probed.Device, since, _clock.Elapsed);
        Instruments.BlocksAnswered.Add(1);
        _batches.Add(block, outcomes, Sender);
        if (_queue.IsComplete)
        {
            _probeSeconds = _clock.Lap();
            SendBatch();
        }
        else if (_batches.IsFirst)
        {
            Timers.StartSingleTimer(Flush.Instance, Flush.Instance, _settings.PersistInterval);
        }
    }

    // A report that came again while its block waits to be persisted is answered with the rest.
    private void AcceptIfKept(int block)
    {
        if (!_batches.Join(block, Sender))
            Sender.Tell(new BlockAccepted(_plan.Iteration, block));
    }

    private void SendBatch()
    {
        if (_batches.Close() is { } batch)
            Context.Parent.Tell(new OutcomesGathered(batch.Number, batch.Blocks, _queue.BlocksDone, _queue.PerturbationsDone, _queue.Improved, _work.Take()));
    }

    private void OnKept(long number)
    {
        foreach (var (block, device) in _batches.Keep(number))
            device.Tell(new BlockAccepted(_plan.Iteration, block));
        DecideIfAllIsKept();
        TellIfHeld();
    }

    // When all outcomes are in, the iteration is brought to its end instead.
    private void TellIfHeld()
    {
        if (_isHeld && !_queue.IsComplete && _batches.IsEmpty && _queue.IsQuiet(_clock.Elapsed))
            Context.Parent.Tell(ProbingHeld.Instance);
    }

    private void OnBlockFailed(BlockFailed failed)
    {
        if (failed.Iteration != _plan.Iteration || _queue.Find(failed.Block) is not { } block)
            return;
        Sender.Tell(new BlockAccepted(failed.Iteration, failed.Block));
        Instruments.BlocksFailed.Add(1);
        var failures = _queue.Fail(block, failed.Device);
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
        if (_trainers.Take(failed) is { } trainer)
            Report(trainer.Address, TrainerFault.Failed, (ExitCode)failed.ExitCode, $"{trainer.Address}: {failed.Sentence}");
    }

    private void OnEmitterFaulted(TrainerFaulted faulted)
    {
        _emitter = ActorRefs.Nobody;
        Report(faulted.Address, faulted.Fault, (ExitCode)faulted.ExitCode, faulted.Sentence);
    }

    private void Report(string address, TrainerFault fault, ExitCode exitCode, string sentence)
    {
        Context.Parent.Tell(new TrainerFaulted(address, fault, sentence, (int)exitCode));
        OnWent(address);
    }

    private void OnWent(string address)
    {
        if (!_trainers.Remove(address, out var wasPrepared))
            return;
        _queue.Release(address);
        TellIfHeld();
        if (!_isDecided || !wasPrepared)
            return;
        // Its rows are gone with it: the others share them out anew.
        Context.Stop(_emitter);
        _emitter = ActorRefs.Nobody;
        Emit();
    }

    private void DecideIfAllIsKept()
    {
        if (!_queue.IsComplete || !_batches.IsEmpty || _pair is null)
            return;
        if (_isDecided)
        {
            // A trainer has come after all others had gone.
            if (_emitter.Equals(ActorRefs.Nobody))
                Emit();
            return;
        }
        _isDecided = true;
        var passes = _plan.IsExact
            ? Gate.Passes(_pair.Predicted, _plan.Settings.Gate)
            : Gate.Passes(_queue.Improved, _plan.Probes, _plan.Settings.Gate);
        if (passes)
            Emit();
        else
            Finish(new GateRefused(Outcomes, _queue.Improved, new AggregationSeconds(_prepareSeconds, _probeSeconds, 0, 0, 0)));
    }

    private void Emit()
    {
        var owners = _trainers.Prepared();
        if (owners.Count > 0)
            _emitter = Context.ActorOf(UpdateEmitter.PropsFor(_plan, Outcomes, ImprovedShare, owners, _settings, _time));
    }

    private void Finish(object result)
    {
        Context.Parent.Tell(result);
        // What devices still say is answered, until the supervisor stops this actor.
        Become(() =>
        {
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
