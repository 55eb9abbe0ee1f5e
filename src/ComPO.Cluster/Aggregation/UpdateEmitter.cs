using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Trainers;
using ComPO.Core.Aggregation;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Theory;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>
/// Turns an iteration's outcomes into a checked update: some trainers tally, cut and emit a range of the head's rows each, and the first of
/// them checks the whole. A child of the aggregator, for one set of trainers; when one of them goes, or is silent for too long while others could do what it
/// has not, the aggregator makes another for the rest, and the update is the same.
/// </summary>
internal sealed class UpdateEmitter : ReceiveActor, IWithTimers
{
    private readonly AggregationPlan _plan;
    private readonly OutcomeBits? _outcomes;
    private readonly double _improvedShare;
    private readonly IReadOnlyList<Trainer> _owners;
    private readonly RowRange[] _ranges;
    private readonly ComPOSettings _settings;
    private readonly LapClock _clock;
    private readonly NodeRound _round = new();
    private readonly MagnitudeHistogram _high = MagnitudeHistogram.OfHighDigits();
    private AggregationSeconds _seconds;
    private UInt128 _sumOfSquares;
    private double _liftedNorm;
    private double _norm;
    private double _alignment;
    private float _cut;
    private UpdatePart[] _parts = [];
    private TimeSpan _asked;
    private bool _hasOthers;

    public UpdateEmitter(
        AggregationPlan plan, OutcomeBits? outcomes, double improvedShare, IReadOnlyList<Trainer> trainers, ComPOSettings settings, TimeProvider time)
    {
        (_plan, _outcomes, _improvedShare, _settings) = (plan, outcomes, improvedShare, settings);
        // The exact estimator is one owner's float64 arithmetic; the sampled one is shared, its sums being exact.
        _ranges = RowRange.Divide(plan.Head.VocabularySize, plan.IsExact ? 1 : trainers.Count);
        _owners = [.. trainers.Take(_ranges.Length)];
        _hasOthers = trainers.Count > 1;
        _clock = new LapClock(time);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="plan">The iteration.</param>
    /// <param name="outcomes">All outcomes; null for the exact estimator.</param>
    /// <param name="improvedShare">p.</param>
    /// <param name="trainers">Who takes part, in the order that row ranges are given out.</param>
    /// <param name="settings">How often to ask again, and how long to wait.</param>
    /// <param name="time">Measures the parts.</param>
    public static Props PropsFor(
        AggregationPlan plan, OutcomeBits? outcomes, double improvedShare, IReadOnlyList<Trainer> trainers, ComPOSettings settings, TimeProvider time) =>
        Props.Create(() => new UpdateEmitter(plan, outcomes, improvedShare, trainers, settings, time));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Resend.Instance, Resend.Instance, _settings.ResendInterval);
        Tally();
    }

    private void Tally()
    {
        var bytes = _outcomes?.ToBytes() ?? [];
        Await<RowsTallied>(
            _owners, (i, request) => new TallyRows(request, _plan.Iteration, _ranges[i].First, _ranges[i].Count, bytes), OnTallied);
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
        _norm = _plan.IsExact ? tallies[0].Norm : _liftedNorm / NormalQuantileTable.UnitsPerSigma;
        _alignment = _plan.IsExact ? 1 : ClosedForm.Alignment(limitProduct, _sumOfSquares);
        _seconds = _seconds with { Tally = _clock.Lap() };
        if (_plan.Settings.Threshold is { } threshold)
            Emit(Thresholds.AbsoluteCut(threshold, _liftedNorm));
        else
            RefineCut(Thresholds.KeptCount(_plan.Settings.Density!.Value, _plan.Head));
    }

    private void RefineCut(long kept)
    {
        var highDigit = Thresholds.DensityHighDigit(_high, kept);
        Await<DigitsCounted>(_owners, (i, request) => new CountLowDigits(request, _plan.Iteration, _ranges[i].First, _ranges[i].Count, highDigit), counts =>
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
        Await<RowsEmitted>(_owners, (i, request) => new EmitRows(request, _plan.Iteration, _ranges[i].First, _ranges[i].Count, _sumOfSquares, cut), emitted =>
        {
            _parts = [.. emitted.Select((part, i) => new UpdatePart(part.Part, [_owners[i].Address]))];
            _seconds = _seconds with { Threshold = _clock.Lap() };
            Check();
        });
    }

    private void Check()
    {
        var scale = StepRule.Scale(_plan.Settings.StepSize, _improvedShare);
        Await<UpdateChecked>([_owners[0]], (_, request) => new CheckUpdate(request, _plan.Iteration, _parts, scale), checks =>
        {
            _seconds = _seconds with { LineSearch = _clock.Lap() };
            // Who has checked the whole holds all of its parts, so that they outlive any one of their owners.
            _parts = [.. _parts.Select(part => part with { Holders = [.. part.Holders.Append(_owners[0].Address).Distinct()] })];
            Context.Parent.Tell(new UpdateReady
            {
                Outcomes = _outcomes,
                Improved = _outcomes?.CountImproved() ?? 0,
                Norm = _norm,
                Threshold = Thresholds.Entry(_cut, _liftedNorm),
                Alignment = _alignment,
                Scale = scale,
                Check = checks[0],
                Parts = _parts,
                Seconds = _seconds,
            });
            Context.Stop(Self);
        });
    }

    /// <summary>Asks some trainers and goes on when all have answered.</summary>
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
                        var (trainer, failed) = _round.Failure!.Value;
                        Context.Parent.Tell(TrainerFaulted.By(trainer, failed));
                        Context.Stop(Self);
                        break;
                }
            });
            Receive<AnotherIsPrepared>(_ => _hasOthers = true);
            Receive<Resend>(_ => OnResend(trainers.Count, typeof(TReply)));
        });
        _asked = _clock.Elapsed;
        _round.Ask(trainers, request, Self);
    }

    // Where nobody has answered, it may take all that long; the last one is waited for however long it takes.
    private void OnResend(int asked, Type reply)
    {
        if (_clock.Elapsed - _asked <= _settings.RowsDeadline || !_hasOthers || !(_round.HasAnswer || asked == 1))
        {
            _round.Resend(Self);
            return;
        }
        Context.Parent.Tell(new OwnersAreSilent([.. _round.Unanswered.Select(owner => new TrainerFaulted(
            owner.Address,
            TrainerFault.Failed,
            $"{owner.Address} was asked for {reply.Name} of iteration {_plan.Iteration} and has not answered within {_settings.RowsDeadline.TotalSeconds:0} seconds; others do it.",
            (int)ExitCode.RunFailed))]));
        Context.Stop(Self);
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
