using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;

namespace ComPO.Core.Tests;

/// <summary>A head and a pair of normal random numbers, the same for the same seed. The last prompt position predicts both first tokens.</summary>
internal sealed record SyntheticPair(HeadWeights Head, float[] TokenStates, int[] Targets, int ChosenCount)
{
    public HeadShape Shape => Head.Shape;

    public PairFeatures Features(PerturbationSpaceKind space) =>
        PairFeatures.Create(TokenStates, Targets, ChosenCount, Shape.HiddenSize, space);

    public static SyntheticPair Of(uint seed, int vocabulary, int hidden, int chosen, int rejected, float headScale = 0.1f)
    {
        var key = new NoiseKey(seed, 0xC0FFEE);
        var head = new float[vocabulary * hidden];
        PerturbationNoise.Fill(key, 0, 0, head);
        for (var i = 0; i < head.Length; i++)
            head[i] *= headScale;
        var states = new float[(chosen + rejected) * hidden];
        PerturbationNoise.Fill(key, 1, 0, states);
        states.AsSpan(0, hidden).CopyTo(states.AsSpan(chosen * hidden));
        var draws = new short[chosen + rejected];
        PerturbationNoise.Fill(key, 2, 0, draws);
        var targets = Array.ConvertAll(draws, draw => (draw + 40_000) % vocabulary);
        return new SyntheticPair(new HeadWeights(new HeadShape(vocabulary, hidden), head), states, targets, chosen);
    }
}
