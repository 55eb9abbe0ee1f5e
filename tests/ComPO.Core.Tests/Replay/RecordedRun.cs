using ComPO.Core.Aggregation;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Replay;
using ComPO.Core.Runs;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Replay;

/// <summary>A run made step by step, each over the whole head at once: probed, tallied, cut, walked along, applied, and written down.</summary>
internal sealed class RecordedRun
{
    private static readonly ReferenceHeadEngine Engine = new();

    private readonly Dictionary<Digest, PairFeatures> _features = [];

    private RecordedRun(RunSettings settings, HeadWeights head) =>
        Header = new RunHeader("recorded", settings, head.ComputeDigest(), Engine.ComputeClass, new Dictionary<string, string>());

    public RunHeader Header { get; init; }

    public List<IterationRecord> Records { get; } = [];

    public static HeadWeights BaseHead() => SyntheticPair.Of(1, 150, 40, 2, 2).Head;

    public static RecordedRun Of(RunSettings settings)
    {
        var head = BaseHead();
        var run = new RecordedRun(settings, head);
        for (var iteration = 0; iteration < settings.Iterations; iteration++)
            run.Records.Add(run.Iterate(iteration, head));
        return run;
    }

    public RunReplay Replay(HeadWeights? head = null, int threads = 1, Func<Digest, PairFeatures>? features = null, IHeadEngine? engine = null) =>
        new("run.jsonl", Header, head ?? BaseHead(), null, features ?? (digest => _features[digest]), engine ?? Engine, threads) { ChecksLogProbabilities = engine is null };

    public RecordedRun With(RunSettings settings)
    {
        var changed = new RecordedRun(settings, BaseHead());
        changed.Records.AddRange(Records);
        foreach (var (digest, features) in _features)
            changed._features.Add(digest, features);
        return changed;
    }

    private IterationRecord Iterate(int iteration, HeadWeights head)
    {
        var settings = Header.Settings;
        var features = SyntheticPair.Of((uint)(20 + iteration), 150, 40, 6, 5).Features(settings.Space);
        _features[features.Digest] = features;
        var space = PerturbationSpace.Of(features);
        using var prepared = Engine.Prepare(head, null, features);
        var theory = ClosedForm.Of(features, space, null, prepared.BaseLogits.Span, 150, settings.Radius);
        var outcomes = settings.Estimator == Estimator.Exact
            ? null
            : prepared.Probe(new NoiseKey(settings.Seed, (uint)iteration), settings.Radius, 0, settings.Perturbations, CancellationToken.None);
        var share = outcomes is null ? theory.PredictedProbability : (double)outcomes.CountImproved() / outcomes.Count;
        var record = new IterationRecord
        {
            Iteration = iteration, Pair = iteration, FeatureDigest = features.Digest, K = space.Dimension, Before = prepared.Before,
            Perturbations = settings.Perturbations, Improved = outcomes?.CountImproved(), Predicted = theory.PredictedProbability,
            Gate = GateVerdict.Refused, Norm = null, Threshold = null, Nonzero = null, Alignment = null, PredictedChange = null, LineSearch = null,
            Accepted = null, Scale = null, After = prepared.Before, Outcomes = outcomes?.ToBase64(), HeadDigest = head.ComputeDigest(),
            Seconds = new Dictionary<string, double>(),
        };
        return share > settings.Gate ? Update(record, Estimate(space, theory, outcomes, iteration), share, prepared, theory, head) : record;
    }

    private (GradientEstimate Estimate, double Alignment) Estimate(PerturbationSpace space, ClosedForm theory, OutcomeBits? outcomes, int iteration)
    {
        if (outcomes is null)
            return (new ExactEstimate(theory, space, Header.Settings.Perturbations), 1);
        var sums = new int[150 * space.Dimension];
        OutcomeTally.AddRows(new NoiseKey(Header.Settings.Seed, (uint)iteration), outcomes, space.Dimension, 0, 150, sums);
        return (new SampledEstimate(BaseHead().Shape, space, 0, sums, ExactSums.SumOfSquares(sums)), theory.Alignment(sums));
    }

    private IterationRecord Update(IterationRecord record, (GradientEstimate, double) estimated, double share, IPreparedPair prepared, ClosedForm theory, HeadWeights head)
    {
        var settings = Header.Settings;
        var (estimate, alignment) = estimated;
        var cut = settings.Threshold is { } threshold
            ? Thresholds.AbsoluteCut(threshold, estimate.LiftedNorm)
            : Sparsifier.DensityCut(estimate, settings.Density!.Value);
        var update = Sparsifier.Emit(estimate, cut);
        var scale = settings.StepSize * share;
        var table = LineSearch.Table(prepared.Evaluate(update, LineSearch.Steps));
        var accepted = LineSearch.IsAccepted(table);
        var after = accepted ? prepared.Evaluate(update, [scale])[0] : record.Before;
        if (accepted)
            head.Apply(update, scale);
        return record with
        {
            Gate = GateVerdict.Passed, Norm = estimate.Norm, Threshold = Thresholds.Entry(cut, estimate.LiftedNorm), Nonzero = update.Count,
            Alignment = alignment, PredictedChange = theory.PredictedChange(update, scale),
            LineSearch = table, Accepted = accepted, Scale = scale, After = after, HeadDigest = head.ComputeDigest(),
        };
    }
}
