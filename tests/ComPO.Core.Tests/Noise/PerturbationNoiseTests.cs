using ComPO.Core.Noise;
using MathNet.Numerics.Distributions;

namespace ComPO.Core.Tests.Noise;

public sealed class PerturbationNoiseTests
{
    private static readonly NoiseKey Key = new(42, 7);

    [Fact]
    public void Any_stretch_drawn_alone_equals_the_same_stretch_of_all()
    {
        var all = new short[5000];
        PerturbationNoise.Fill(Key, 3, 0, all);
        foreach (var start in new[] { 0, 1, 127, 128, 129, 1000, 4095 })
            foreach (var length in new[] { 0, 1, 31, 128, 500, 905 })
            {
                var part = new short[length];
                PerturbationNoise.Fill(Key, 3, start, part);
                Assert.Equal(all.AsSpan(start, length).ToArray(), part);
                var sigmas = new float[length];
                PerturbationNoise.Fill(Key, 3, start, sigmas);
                Assert.Equal(Array.ConvertAll(part, units => units / 4096f), sigmas);
            }
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(128L * 33)]
    [InlineData(128L * 0x1234_5678_9AL)]
    public void An_entry_is_the_documented_half_of_the_documented_word(long start)
    {
        var entries = new short[128];
        PerturbationNoise.Fill(Key, 11, start, entries);
        var tile = (ulong)start / 128;
        for (var w = 0; w < 4; w++)
            for (var l = 0; l < 16; l++)
            {
                var counter = 16 * tile + (ulong)l;
                var words = Philox4x32.Words((uint)counter, (uint)(counter >> 32), 11, 0, Key.RunSeed, Key.Iteration);
                var word = w switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 };
                Assert.Equal(NormalQuantileTable.Values[(int)(word & 0xFFFF)], entries[32 * w + 2 * l]);
                Assert.Equal(NormalQuantileTable.Values[(int)(word >> 16)], entries[32 * w + 2 * l + 1]);
            }
    }

    [Fact]
    public void Two_million_draws_have_the_moments_and_quantiles_of_a_normal_distribution()
    {
        var draws = new float[1 << 21];
        PerturbationNoise.Fill(Key, 0, 0, draws);
        var n = (double)draws.Length;
        var mean = draws.Sum(x => (double)x) / n;
        var second = draws.Sum(x => (double)x * x) / n;
        var fourth = draws.Sum(x => Math.Pow(x, 4)) / n;
        Assert.InRange(mean * Math.Sqrt(n), -4, 4);
        Assert.InRange((second - 1.0002) * Math.Sqrt(n / 2), -4, 4);
        Assert.InRange((fourth - 2.999 * 1.0004) * Math.Sqrt(n / 96), -4, 4);
        foreach (var z in new[] { -3.0, -2, -1, -0.3, 0, 0.3, 1, 2, 3 })
        {
            // Between table entries, so that rounding to 8 bits moves no draw across.
            var edge = Math.Floor(z * 32) / 32 + 1.0 / 16384;
            var p = Normal.CDF(0, 1, edge);
            var below = draws.Count(x => x < edge);
            Assert.InRange((below - n * p) / Math.Sqrt(n * p * (1 - p)), -6, 6);
        }
    }

    [Fact]
    public void Perturbations_iterations_and_seeds_are_uncorrelated()
    {
        var draws = new List<float[]>();
        foreach (var (key, perturbation) in new[] { (Key, 0u), (Key, 1u), (new NoiseKey(43, 7), 0u), (new NoiseKey(42, 8), 0u) })
        {
            draws.Add(new float[1 << 18]);
            PerturbationNoise.Fill(key, perturbation, 0, draws[^1]);
        }
        for (var i = 0; i < draws.Count; i++)
            for (var j = 0; j < i; j++)
                Assert.InRange(draws[i].Zip(draws[j], (x, y) => (double)x * y).Sum() / Math.Sqrt(1 << 18), -4, 4);
    }
}
