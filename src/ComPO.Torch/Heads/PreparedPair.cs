using System.Buffers;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;

namespace ComPO.Torch.Heads;

/// <summary>A pair against one state of the head, on the lanes of a <see cref="TorchHeadEngine"/>.</summary>
internal sealed class PreparedPair : IPreparedPair
{
    private readonly ComputeLanes _lanes;
    private readonly double? _cap;
    private readonly float[] _baseLogits;
    private readonly PerturbedPair _perturbed;

    public PreparedPair(ComputeLanes lanes, PairFeatures features, float[] baseLogits, double? cap, HeadPrecision precision)
    {
        (_lanes, _cap, _baseLogits) = (lanes, cap, baseLogits);
        Features = features;
        var distribution = BaseDistribution.Of(lanes, features, baseLogits, cap);
        Before = distribution.LogProbabilities;
        _perturbed = new PerturbedPair(features, distribution, VocabularySize, cap, precision);
    }

    public PairFeatures Features { get; }

    public PairLogProbabilities Before { get; }

    public ReadOnlyMemory<float> BaseLogits => _baseLogits;

    private int VocabularySize => _baseLogits.Length / Features.DistinctRows;

    public OutcomeBits Probe(NoiseKey noise, double radius, int first, int count, CancellationToken cancellation)
    {
        // One byte each: lanes may not share the bytes of the bits.
        var improved = ArrayPool<bool>.Shared.Rent(count);
        var atOnce = Math.Clamp(count / _lanes.Count, 1, _perturbed.AtOnce);
        _lanes.Run((count + atOnce - 1) / atOnce, (lane, group) =>
        {
            Span<PairLogProbabilities> changes = stackalloc PairLogProbabilities[ProbeScratch.PerturbationsAtOnce];
            var start = group * atOnce;
            changes = changes[..Math.Min(atOnce, count - start)];
            _perturbed.Changes(lane, noise, (uint)(first + start), (float)radius, changes, cancellation);
            for (var i = 0; i < changes.Length; i++)
                improved[start + i] = changes[i] is { Chosen: > 0, Rejected: < 0 };
        }, cancellation);

        var outcomes = new OutcomeBits(count);
        for (var i = 0; i < count; i++)
            outcomes[i] = improved[i];
        ArrayPool<bool>.Shared.Return(improved);
        return outcomes;
    }

    public PairLogProbabilities[] Evaluate(SparseUpdate direction, ReadOnlySpan<double> steps) =>
        new SteppedPair(Features, _baseLogits, _cap).Evaluate(_lanes, direction, steps.ToArray());

    public void Dispose() => _perturbed.Dispose();
}
