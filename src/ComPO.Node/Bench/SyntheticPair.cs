using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;

namespace ComPO.Node.Bench;

/// <summary>A head and the features of a pair of true sizes, drawn from the project's own noise: all that a probe's cost depends on.</summary>
internal static class SyntheticPair
{
    // As trained heads are, and hidden states after the last normalisation: logits then spread by about one.
    private const float HeadDeviation = 0.02f;
    private const int PieceEntries = 1 << 20;

    /// <summary>[V, d] normal weights.</summary>
    public static HeadWeights Head(HeadShape shape, int threads)
    {
        var values = GC.AllocateUninitializedArray<float>(checked((int)shape.EntryCount));
        var pieces = (int)((shape.EntryCount + PieceEntries - 1) / PieceEntries);
        Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, piece =>
        {
            var first = piece * PieceEntries;
            var part = values.AsSpan(first, Math.Min(PieceEntries, values.Length - first));
            PerturbationNoise.Fill(new NoiseKey(1, uint.MaxValue), 0, first, part);
            foreach (ref var value in part)
                value *= HeadDeviation;
        });
        return new HeadWeights(shape, values);
    }

    /// <summary>Hidden states of unit variance with targets spread over the vocabulary; both answers start from one state.</summary>
    public static PairFeatures Features(HeadShape shape, int chosen, int rejected, PerturbationSpaceKind space)
    {
        var hidden = new float[(chosen + rejected) * shape.HiddenSize];
        PerturbationNoise.Fill(new NoiseKey(2, uint.MaxValue), 0, 0, hidden);
        hidden.AsSpan(0, shape.HiddenSize).CopyTo(hidden.AsSpan(chosen * shape.HiddenSize));
        var targets = new int[chosen + rejected];
        for (var t = 0; t < targets.Length; t++)
            targets[t] = (int)(7919L * (t + 1) % shape.VocabularySize);
        return PairFeatures.Create(hidden, targets, chosen, shape.HiddenSize, space);
    }
}
