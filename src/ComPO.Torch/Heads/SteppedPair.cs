using System.Buffers;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;

namespace ComPO.Torch.Heads;

/// <summary>
/// A pair's log-probabilities at several steps along one sparse direction: logits H Wᵀ + step·(H gᵀ),
/// the change accumulated in float64 entry by entry, so that nothing the size of the head is made.
/// </summary>
internal sealed class SteppedPair(PairFeatures features, float[] baseLogits, double? cap)
{
    private readonly int _vocabularySize = baseLogits.Length / features.DistinctRows;

    public PairLogProbabilities[] Evaluate(ComputeLanes lanes, SparseUpdate direction, double[] steps)
    {
        if (direction.Shape != new HeadShape(_vocabularySize, features.HiddenSize))
            throw new ArgumentException($"The direction is of a head of {direction.Shape}; this pair's has {_vocabularySize} rows of {features.HiddenSize}.", nameof(direction));
        var targets = Array.ConvertAll(steps, _ => new TargetLogProbabilities(features));
        lanes.Run(features.DistinctRows, (_, row) =>
        {
            var logits = baseLogits.AsSpan(row * _vocabularySize, _vocabularySize);
            var (changes, moved) = (ArrayPool<double>.Shared.Rent(_vocabularySize), ArrayPool<double>.Shared.Rent(_vocabularySize));
            var change = changes.AsSpan(0, _vocabularySize);
            var stepped = moved.AsSpan(0, _vocabularySize);
            change.Clear();
            AddProducts(direction, features.HiddenStates.AsSpan(row * features.HiddenSize, features.HiddenSize), change);

            for (var i = 0; i < steps.Length; i++)
            {
                for (var v = 0; v < stepped.Length; v++)
                    stepped[v] = logits[v] + steps[i] * change[v];
                CappedLogits.Apply(cap, stepped);
                targets[i].Set(row, stepped, LogSumExp.Of(stepped));
            }

            ArrayPool<double>.Shared.Return(changes);
            ArrayPool<double>.Shared.Return(moved);
        });
        return Array.ConvertAll(targets, of => of.Sum());
    }

    // change[v] += Σ_j g[v, j]·hidden[j], entry by entry in ascending order.
    private static void AddProducts(SparseUpdate direction, ReadOnlySpan<float> hidden, Span<double> change)
    {
        var (indices, values) = (direction.Indices, direction.Values);
        var (word, start) = (0, 0L);
        for (var i = 0; i < indices.Length; i++)
        {
            while (indices[i] >= start + hidden.Length)
                (word, start) = (word + 1, start + hidden.Length);
            change[word] += (double)values[i] * hidden[(int)(indices[i] - start)];
        }
    }
}
