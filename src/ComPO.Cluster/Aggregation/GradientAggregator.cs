using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Probing;
using ComPO.Cluster.Training;
using ComPO.Core.Aggregation;
using ComPO.Core.Errors;
using ComPO.Core.Oracle;
using ComPO.Core.Theory;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>
/// Turns one iteration's outcomes into a checked update, then is done; a child of the supervisor, made anew for each iteration. It owns the
/// queue of blocks, which devices pull, and then has the trainers tally, cut and emit a range of the head's rows each. It holds neither head
/// nor features: the trainers do.
/// </summary>
internal sealed class GradientAggregator : ReceiveActor
{
    private readonly AggregationPlan _plan;
    private readonly ComPOSettings _settings;
    private readonly TimeProvider _time;
    private readonly BlockQueue _queue;
    private readonly NodeRound _round = new();
    private readonly RowRange[] _ranges;
    private readonly IReadOnlyList<Trainer> _owners;
    private AggregationSeconds _seconds;
    private UInt128 _sumOfSquares;
    private double _liftedNorm;
    private double _norm;
    private double _alignment;
    private float _cut;
    private readonly MagnitudeHistogram _high = MagnitudeHistogram.OfHighDigits();
    private UpdatePart[] _parts = [];
    private long _since;

    public GradientAggregator(AggregationPlan plan, ComPOSettings settings, TimeProvider time)
    {
        (_plan, _settings, _time) = (plan, settings, time);
        _queue = new BlockQueue(plan.IsExact ? 0 : plan.Perturbations, settings.BlockSize);
        // The exact estimator is one owner's float64 arithmetic; the sampled one is shared, its sums being exact.
        _ranges = RowRange.Divide(plan.Head.VocabularySize, plan.IsExact ? 1 : plan.Trainers.Count);
        _owners = [.. plan.Trainers.Take(_ranges.Length)];
    }

    public static Props PropsFor(AggregationPlan plan, ComPOSettings settings, TimeProvider time) =>
        Props.Create(() => new GradientAggregator(plan, settings, time));

    private double ImprovedShare => _plan.IsExact ? _plan.Predicted : (double)_queue.Improved / _plan.Perturbations;

    private OutcomeBits? Outcomes => _plan.IsExact ? null : _queue.Outcomes;

    protected override void PreStart()
    {
        _since = _time.GetTimestamp();
        if (_plan.IsExact)
            Decide();
        else
            Probe();
    }

    private void Probe()
    {
        Become(Probing);
        _round.Ask(_plan.Trainers, (_, request) => new StartProbing(request, _plan.Iteration), Self);
    }

    private void Probing()
    {
        Receive<RequestBlock>(request => Sender.Tell(HandOut(request)));
        Receive<BlockProbed>(OnProbed);
        Receive<BlockFailed>(OnBlockFailed);
        Receive<INodeReply>(reply =>
        {
            if (_round.Take(reply) == RoundState.Failed)
                Fail();
        });
    }

    private IComPOMessage HandOut(RequestBlock request)
    {
        if (request.Iteration != _plan.Iteration || _queue.IsComplete)
            return new ProbingOver(request.Iteration);
        return _queue.Next(request.Device) is { } block
            ? new ProbeBlock(_plan.Iteration, block.Number, block.First, block.Count)
            : new NoBlockNow(_plan.Iteration);
    }

    private void OnProbed(BlockProbed probed)
    {
        if (probed.Iteration != _plan.Iteration || _queue.Find(probed.Block) is not { } block)
            return;
        Sender.Tell(new BlockAccepted(probed.Iteration, probed.Block));
        OutcomeBits outcomes;
        try
        {
            outcomes = OutcomeBits.FromBytes(probed.Outcomes, block.Count);
        }
        catch (FormatException exception)
        {
            Retry(block, probed.Device, exception.Message);
            return;
        }
        if (!_queue.Complete(block, outcomes))
            return;
        Context.Parent.Tell(new ProbingProgress(_queue.BlocksDone, _queue.PerturbationsDone, _queue.Improved));
        if (_queue.IsComplete)
            StopDevices();
    }

    private void OnBlockFailed(BlockFailed failed)
    {
        if (failed.Iteration != _plan.Iteration || _queue.Find(failed.Block) is not { } block)
            return;
        Sender.Tell(new BlockAccepted(failed.Iteration, failed.Block));
        Retry(block, failed.Device, failed.Sentence);
    }

    private void Retry(Block block, string device, string sentence)
    {
        var failures = _queue.Fail(block, device);
        if (failures < _settings.MostFailures)
            return;
        Fail(
            $"Perturbations {block.First} to {block.First + block.Count - 1} of iteration {_plan.Iteration} failed {failures} times, last on {device}: {sentence}",
            (int)ExitCode.RunFailed);
    }

    // The devices let go of the pair before anyone else works with it.
    private void StopDevices()
    {
        _seconds = _seconds with { Probe = Lap() };
        Await<ProbingStopped>(_plan.Trainers, (_, request) => new StopProbing(request), _ => Decide());
    }

    private void Decide()
    {
        var passes = _plan.IsExact
            ? Gate.Passes(_plan.Predicted, _plan.Gate)
            : Gate.Passes(_queue.Improved, _plan.Perturbations, _plan.Gate);
        if (passes)
            Tally();
        else
            Finish(new GateRefused(Outcomes, _queue.Improved, _seconds));
    }

    private void Tally()
    {
        var outcomes = Outcomes?.ToBytes() ?? [];
        Await<RowsTallied>(
            _owners,
            (i, request) => new TallyRows(request, _plan.Iteration, _ranges[i].First, _ranges[i].Count, outcomes),
            OnTallied);
    }

    private void OnTallied(IReadOnlyList<RowsTallied> tallies)
    {
        var limitProduct = Int128.Zero;
        foreach (var tally in tallies)
        {
            _sumOfSquares += tally.SumOfSquares;
            limitProduct += tally.LimitProduct;
            HistogramCodec.AddTo(_high, tally.HighDigits);
        }
        _liftedNorm = _plan.IsExact ? tallies[0].Norm : Math.Sqrt((double)_sumOfSquares);
        _norm = _plan.IsExact ? tallies[0].Norm : _liftedNorm / Core.Noise.NormalQuantileTable.UnitsPerSigma;
        _alignment = _plan.IsExact ? 1 : ClosedForm.Alignment(limitProduct, _sumOfSquares);
        _seconds = _seconds with { Tally = Lap() };
        if (_plan.Density is { } density)
            RefineCut(Thresholds.KeptCount(density, _plan.Head));
        else
            Emit(Thresholds.AbsoluteCut(_plan.Threshold!.Value, _liftedNorm));
    }

    private void RefineCut(long kept)
    {
        var highDigit = Thresholds.DensityHighDigit(_high, kept);
        Await<DigitsCounted>(_owners, (_, request) => new CountLowDigits(request, highDigit), counts =>
        {
            var low = MagnitudeHistogram.OfLowDigits(highDigit);
            foreach (var count in counts)
                HistogramCodec.AddTo(low, count.LowDigits);
            Emit(Thresholds.DensityCut(_high, low, kept));
        });
    }

    private void Emit(float cut)
    {
        _cut = cut;
        Await<RowsEmitted>(_owners, (_, request) => new EmitRows(request, _sumOfSquares, cut), emitted =>
        {
            _parts = [.. emitted.Select((part, i) => new UpdatePart(part.Part, _owners[i].Address))];
            _seconds = _seconds with { Threshold = Lap() };
            Check();
        });
    }

    private void Check()
    {
        var scale = StepRule.Scale(_plan.StepSize, ImprovedShare);
        Await<UpdateChecked>([_owners[0]], (_, request) => new CheckUpdate(request, _plan.Iteration, _parts, scale), checks =>
        {
            _seconds = _seconds with { LineSearch = Lap() };
            Finish(new UpdateReady
            {
                Outcomes = Outcomes,
                Improved = _queue.Improved,
                Norm = _norm,
                Threshold = Thresholds.Entry(_cut, _liftedNorm),
                Alignment = _alignment,
                Scale = scale,
                Check = checks[0],
                Parts = _parts,
                Seconds = _seconds,
            });
        });
    }

    /// <summary>Asks some trainers and goes on when all have answered; what devices still say meanwhile is answered and forgotten.</summary>
    private void Await<TReply>(IReadOnlyList<Trainer> trainers, Func<int, long, INodeRequest> request, Action<IReadOnlyList<TReply>> then)
        where TReply : INodeReply
    {
        Become(() =>
        {
            Receive<INodeReply>(reply =>
            {
                switch (_round.Take(reply))
                {
                    case RoundState.Complete:
                        then(_round.Replies<TReply>());
                        break;
                    case RoundState.Failed:
                        Fail();
                        break;
                }
            });
            Receive<RequestBlock>(late => Sender.Tell(new ProbingOver(late.Iteration)));
            Receive<BlockProbed>(late => Sender.Tell(new BlockAccepted(late.Iteration, late.Block)));
            Receive<BlockFailed>(late => Sender.Tell(new BlockAccepted(late.Iteration, late.Block)));
        });
        _round.Ask(trainers, request, Self);
    }

    private double Lap()
    {
        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_since, now).TotalSeconds;
        _since = now;
        return seconds;
    }

    private void Fail() => Fail($"{_round.Failure!.Value.Trainer.Address}: {_round.Failure.Value.Reply.Sentence}", _round.Failure.Value.Reply.ExitCode);

    private void Fail(string sentence, int exitCode) => Finish(new AggregationFailed(sentence, exitCode));

    private void Finish(object result)
    {
        Context.Parent.Tell(result);
        Become(() => ReceiveAny(_ => { }));
        Context.Stop(Self);
    }
}
