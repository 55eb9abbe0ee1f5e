using ComPO.Core.Aggregation;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;

namespace ComPO.Core.Tests.Oracle;

public sealed class ReferenceOracleTests
{
    private static readonly SyntheticPair Pair = SyntheticPair.Of(4, 20, 10, 3, 2);

    private static readonly PairFeatures Features = Pair.Features(PerturbationSpaceKind.Full);

    [Theory]
    [InlineData(null)]
    [InlineData(2.0)]
    public void Log_probabilities_are_those_of_the_definition_written_out(double? cap)
    {
        var z = Noise(0);
        var after = new ReferenceOracle(Pair.Head, cap, [Features]).At(0.3, z)[0];
        var answers = new double[2];
        for (var t = 0; t < 5; t++)
        {
            var logits = new double[20];
            for (var v = 0; v < 20; v++)
                for (var i = 0; i < 10; i++)
                    logits[v] += Pair.TokenStates[t * 10 + i] * (Pair.Head.Values[v * 10 + i] + 0.3 * z[v * 10 + i]);
            if (cap is { } c)
                logits = Array.ConvertAll(logits, x => c * Math.Tanh(x / c));
            answers[t < 3 ? 0 : 1] += logits[Pair.Targets[t]] - Math.Log(logits.Sum(Math.Exp));
        }
        Assert.Equal(answers[0], after.Chosen, 1e-12);
        Assert.Equal(answers[1], after.Rejected, 1e-12);
    }

    [Fact]
    public void Several_pairs_improve_when_any_of_them_does()
    {
        var other = PairFeatures.Create(Pair.TokenStates, [.. Pair.Targets.Reverse()], 3, 10, PerturbationSpaceKind.Full);
        var both = new ReferenceOracle(Pair.Head, null, [Features, other]);
        var (first, second) = (new ReferenceOracle(Pair.Head, null, [Features]), new ReferenceOracle(Pair.Head, null, [other]));
        var seen = new HashSet<(bool, bool)>();
        for (var i = 0u; i < 100; i++)
        {
            var z = Noise(i);
            seen.Add((first.IsImproved(0.01, z), second.IsImproved(0.01, z)));
            Assert.Equal(first.IsImproved(0.01, z) || second.IsImproved(0.01, z), both.IsImproved(0.01, z));
        }
        Assert.True(seen.Count >= 3);
    }

    [Fact]
    public void The_aggregation_written_out_by_hand_comes_out()
    {
        var oracle = new ReferenceOracle(Pair.Head, null, [Features]);
        var outcomes = new OutcomeBits(50);
        var sum = new double[200];
        for (var i = 0; i < 50; i++)
        {
            var z = Noise((uint)i);
            outcomes[i] = oracle.IsImproved(0.01, z);
            for (var j = 0; j < 200; j++)
                sum[j] += outcomes[i] ? z[j] : -z[j];
        }
        var aggregation = ReferenceAggregation.Of(oracle, outcomes, i => Noise((uint)i));
        var norm = Math.Sqrt(sum.Sum(x => x * x));
        Assert.Equal(norm, aggregation.Norm, 1e-10);
        Assert.Equal(outcomes.CountImproved() / 50.0, aggregation.ImprovedShare);
        Assert.Equal(sum.Count(x => Math.Abs(x) / norm >= 0.05), aggregation.CountAtLeast(0.05));

        var sparse = aggregation.Sparse(0.05);
        var walk = aggregation.WalkLine(sparse);
        Assert.Equal(8, walk.Length);
        Assert.Equal(oracle.Before[0], walk[0][0]);
        Assert.Equal(oracle.At(15, sparse)[0], walk[7][0]);
        Assert.Equal(ComparisonRule.IsImproved(walk[0][0], walk[5][0]), aggregation.IsAccepted(sparse));
    }

    [Fact]
    public void Pairs_of_another_head_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ReferenceOracle(SyntheticPair.Of(4, 20, 11, 3, 2).Head, null, [Features]));
        Assert.Throws<ArgumentException>(() => new ReferenceOracle(SyntheticPair.Of(4, Pair.Targets.Max(), 10, 3, 2).Head, null, [Features]));
        Assert.Throws<ArgumentException>(() => new ReferenceOracle(Pair.Head, null, [Features]).At(1, new double[7]));
    }

    private static double[] Noise(uint perturbation)
    {
        var sigmas = new float[200];
        PerturbationNoise.Fill(new NoiseKey(5, 5), perturbation, 0, sigmas);
        return Array.ConvertAll(sigmas, value => (double)value);
    }
}
