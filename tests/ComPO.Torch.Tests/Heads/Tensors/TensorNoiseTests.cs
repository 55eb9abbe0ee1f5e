using System.Runtime.InteropServices;
using ComPO.Core.Aggregation;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Torch.Heads;
using ComPO.Torch.Heads.Tensors;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Heads.Tensors;

/// <summary>Noise and its signed sums by tensor operations against those of the processor's own instructions: the same bits.</summary>
public sealed class TensorNoiseTests
{
    [Theory]
    [InlineData(0L, 128, 0u, 1)]
    [InlineData(77L, 1500, 3u, 5)]
    [InlineData(127L, 2, uint.MaxValue - 1, 2)]
    [InlineData(0x1234_5678_9ABL, 900, 1799u, 3)]
    [InlineData((1L << 36) - 100, 300, 7u, 4)]
    public void Every_entry_has_the_bits_of_the_vector_units_in_every_type(long first, int count, uint perturbation, int perturbations)
    {
        var key = new NoiseKey(0xDEADBEEF, 0x8000_0001);
        var (units, sigmas, narrow) = (Draw(ScalarType.Int32), Draw(ScalarType.Float32), Draw(ScalarType.BFloat16));

        for (var i = 0; i < perturbations; i++)
        {
            var (shorts, floats, halves) = (new short[count], new float[count], new ushort[count]);
            PerturbationNoise.Fill(key, perturbation + (uint)i, first, shorts);
            PerturbationNoise.Fill(key, perturbation + (uint)i, first, floats);
            PerturbationNoise.FillBFloat16(key, perturbation + (uint)i, first, halves);
            var row = i * count;
            Assert.Equal(Array.ConvertAll(shorts, x => (int)x), MemoryMarshal.Cast<byte, int>(units).Slice(row, count));
            Assert.Equal(floats, MemoryMarshal.Cast<byte, float>(sigmas).Slice(row, count));
            Assert.Equal(halves, MemoryMarshal.Cast<byte, ushort>(narrow).Slice(row, count));
        }

        byte[] Draw(ScalarType type)
        {
            using var scope = NewDisposeScope();
            using var noise = new TensorNoise(CPU, type);
            return noise.Draw(key, perturbation, perturbations, first, count).contiguous().bytes.ToArray();
        }
    }

    [Fact]
    public void Each_of_the_halves_there_are_finds_its_entry()
    {
        // A million entries miss a given half once in four million times.
        var units = new short[1 << 20];
        PerturbationNoise.Fill(new NoiseKey(1, 2), 3, 0, units);
        using var scope = NewDisposeScope();
        using var noise = new TensorNoise(CPU, ScalarType.Int32);

        Assert.Equal(Array.ConvertAll(units, x => (int)x), noise.Draw(new NoiseKey(1, 2), 3, 1, 0, units.Length).data<int>().ToArray());
        Assert.True(units.Distinct().Count() > 2000);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(40, 1)]
    [InlineData(40, 1 << 18)]
    [InlineData(40, 1 << 28)]
    public void Signed_sums_are_the_exact_integers_of_the_tally_for_any_launch(int perturbations, long budget)
    {
        const int dimension = 59, firstRow = 31, rows = 97;
        var key = new NoiseKey(17, 4);
        var outcomes = new OutcomeBits(perturbations);
        for (var i = 0; i < perturbations; i++)
            outcomes[i] = i % 3 == 0;
        var (expected, seen) = (new int[rows * dimension], new int[rows * dimension]);
        OutcomeTally.AddRows(key, outcomes, dimension, firstRow, rows, expected);
        using var engine = new TensorHeadEngine("cpu", 1, HeadPrecision.Float32, new LaunchBudget(budget), null);
        using var other = new TorchHeadEngine(1);

        engine.AddSignedNoise(key, outcomes, dimension, firstRow, seen, threads: 1);
        Assert.Equal(expected, seen);
        ((Core.Engines.IHeadEngine)other).AddSignedNoise(key, outcomes, dimension, firstRow, seen, threads: 1);
        Assert.Equal(Array.ConvertAll(expected, sum => 2 * sum), seen);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 6)]
    [InlineData(100, 40)]
    public void As_many_perturbations_are_drawn_at_once_for_their_sums_as_there_is_room_for(int room, int drawn)
    {
        var sums = new int[59 * 97];
        using var noise = new TensorNoise(CPU, ScalarType.Int32);
        Assert.Equal(0, noise.LargestDraw);

        TensorTally.Add(noise, new NoiseKey(17, 4), new OutcomeBits(40), 0, sums, new LaunchBudget(room * TensorTally.BytesPerPerturbation(sums.Length)), CPU);

        Assert.Equal(drawn, noise.LargestDraw);
    }
}
