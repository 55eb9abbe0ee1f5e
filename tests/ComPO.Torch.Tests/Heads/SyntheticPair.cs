using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;

namespace ComPO.Torch.Tests.Heads;

/// <summary>Heads and pairs of any shape, drawn from the project's own noise so that every run sees the same.</summary>
internal static class SyntheticPair
{
    public static HeadWeights Head(int vocabularySize, int hiddenSize, float deviation = 0.3f, uint seed = 7) =>
        new(new HeadShape(vocabularySize, hiddenSize), Normal((long)vocabularySize * hiddenSize, deviation, seed, 0));

    /// <summary>Hidden states of unit variance; the first row of both answers is the same state, as after a common prompt.</summary>
    public static PairFeatures Features(
        int vocabularySize, int hiddenSize, int chosen, int rejected, PerturbationSpaceKind space, float deviation = 1, uint seed = 7)
    {
        var hidden = Normal((long)(chosen + rejected) * hiddenSize, deviation, seed, 1);
        hidden.AsSpan(0, hiddenSize).CopyTo(hidden.AsSpan(chosen * hiddenSize));
        var draws = Normal(chosen + rejected, 1000, seed, 2);
        var targets = Array.ConvertAll(draws, draw => (int)Math.Abs(draw) % vocabularySize);
        return PairFeatures.Create(hidden, targets, chosen, hiddenSize, space);
    }

    private static float[] Normal(long count, float deviation, uint seed, uint stream)
    {
        var values = new float[count];
        PerturbationNoise.Fill(new NoiseKey(seed, 0xFFFF), stream, 0, values);
        for (var i = 0; i < values.Length; i++)
            values[i] *= deviation;
        return values;
    }
}
