using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Updates;

namespace ComPO.Core.Engines;

/// <summary>A pair prepared by <see cref="ReferenceHeadEngine"/>: logits of the head as it is, and of the noise, added and compared.</summary>
internal sealed class ReferencePreparedPair : IPreparedPair
{
    private readonly PerturbationSpace _space;
    private readonly double? _cap;
    private readonly HeadShape _shape;
    private readonly double[] _logits;
    private readonly float[] _baseLogits;

    public ReferencePreparedPair(HeadWeights head, double? cap, PairFeatures features)
    {
        if (features.HiddenSize != head.Shape.HiddenSize)
            throw new ArgumentException($"Hidden states of {features.HiddenSize} do not fit a head of {head.Shape}.", nameof(features));
        PairLikelihood.RefuseTargetsOutside(features, head.Shape.VocabularySize);
        (Features, _space, _cap, _shape) = (features, PerturbationSpace.Of(features), cap, head.Shape);
        _logits = new double[features.DistinctRows * _shape.VocabularySize];
        for (var s = 0; s < features.DistinctRows; s++)
            for (var v = 0; v < _shape.VocabularySize; v++)
                _logits[s * _shape.VocabularySize + v] =
                    FixedOrder.Dot(features.Row(s), head.Values.AsSpan(v * _shape.HiddenSize, _shape.HiddenSize));
        _baseLogits = Array.ConvertAll(_logits, logit => (float)logit);
        Before = Likelihood(new double[_logits.Length], 0);
    }

    public PairFeatures Features { get; }

    public PairLogProbabilities Before { get; }

    public ReadOnlyMemory<float> BaseLogits => _baseLogits;

    public OutcomeBits Probe(NoiseKey noise, double radius, int first, int count, CancellationToken cancellation)
    {
        var outcomes = new OutcomeBits(count);
        var changes = new double[_logits.Length];
        var entries = new float[_space.Dimension];
        for (var i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var v = 0; v < _shape.VocabularySize; v++)
            {
                PerturbationNoise.Fill(noise, (uint)(first + i), (long)v * _space.Dimension, entries);
                for (var s = 0; s < Features.DistinctRows; s++)
                    changes[s * _shape.VocabularySize + v] =
                        FixedOrder.Dot(_space.Coordinates.AsSpan(s * _space.Dimension, _space.Dimension), entries);
            }
            outcomes[i] = ComparisonRule.IsImproved(Before, Likelihood(changes, radius));
        }
        return outcomes;
    }

    public PairLogProbabilities[] Evaluate(SparseUpdate direction, ReadOnlySpan<double> steps)
    {
        if (direction.Shape != _shape)
            throw new ArgumentException($"An update of {direction.Shape} does not fit a head of {_shape}.", nameof(direction));
        var changes = new double[_logits.Length];
        for (var i = 0; i < direction.Count; i++)
        {
            var (v, column) = Math.DivRem(direction.Indices[i], _shape.HiddenSize);
            for (var s = 0; s < Features.DistinctRows; s++)
                changes[s * _shape.VocabularySize + v] += (double)direction.Values[i] * Features.HiddenStates[s * _shape.HiddenSize + column];
        }
        var answers = new PairLogProbabilities[steps.Length];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = Likelihood(changes, steps[i]);
        return answers;
    }

    public void Dispose()
    {
    }

    private PairLogProbabilities Likelihood(double[] changes, double factor)
    {
        var moved = new double[_logits.Length];
        for (var i = 0; i < moved.Length; i++)
            moved[i] = _logits[i] + factor * changes[i];
        return PairLikelihood.Of(Features, moved, _shape.VocabularySize, _cap);
    }
}
