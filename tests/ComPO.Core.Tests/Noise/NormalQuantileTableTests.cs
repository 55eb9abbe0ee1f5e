using System.Numerics;
using System.Runtime.InteropServices;
using ComPO.Core.Digests;
using ComPO.Core.Noise;
using MathNet.Numerics.Distributions;

namespace ComPO.Core.Tests.Noise;

public sealed class NormalQuantileTableTests
{
    [Fact]
    public void The_table_is_the_one_that_runs_so_far_were_made_with() =>
        Assert.Equal("75c22ba25b1664186c1ff2e1aa215af2", Digest.Of(MemoryMarshal.AsBytes(NormalQuantileTable.Values)).ToString());

    [Fact]
    public void It_is_antisymmetric_and_ascending_and_clipped_where_it_says()
    {
        var values = NormalQuantileTable.Values;
        Assert.Equal(65536, values.Length);
        Assert.Equal(17664, NormalQuantileTable.LargestMagnitude);
        Assert.Equal(NormalQuantileTable.LargestMagnitude, values[^1]);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(values[i], -values[^(i + 1)]);
            Assert.True(i == 0 || values[i] >= values[i - 1]);
        }
    }

    [Fact]
    public void Every_entry_has_eight_significant_bits_so_that_bfloat16_holds_it()
    {
        foreach (var value in NormalQuantileTable.Values)
        {
            var magnitude = Math.Abs((int)value);
            Assert.True(magnitude == 0 || magnitude >> BitOperations.TrailingZeroCount(magnitude) < 256);
            Assert.Equal(0, BitConverter.SingleToInt32Bits(value / 4096f) & 0xFFFF);
        }
    }

    [Fact]
    public void Its_moments_are_those_of_a_normal_distribution()
    {
        var (second, fourth) = (0.0, 0.0);
        foreach (var value in NormalQuantileTable.Values)
        {
            var squared = Math.Pow(value / (double)NormalQuantileTable.UnitsPerSigma, 2);
            second += squared / 65536;
            fourth += squared * squared / 65536;
        }
        Assert.Equal(1.0002, second, 0.00005);
        Assert.Equal(2.999, fourth / (second * second), 0.0005);
    }

    [Fact]
    public void Its_entries_are_quantiles_of_an_independent_library_to_the_two_roundings()
    {
        for (var i = 0; i < 65536; i++)
        {
            var exact = Normal.InvCDF(0, 1, (i + 0.5) / 65536) * 4096;
            var step = Math.Max(1, Math.Pow(2, Math.Floor(Math.Log2(Math.Max(1, Math.Abs(exact)))) - 7));
            Assert.True(Math.Abs(NormalQuantileTable.Values[i] - exact) <= step / 2 + 0.5);
        }
    }

    [Fact]
    public void The_quantile_function_inverts_the_distribution_far_into_the_tails()
    {
        foreach (var exponent in Enumerable.Range(1, 40))
            foreach (var p in new[] { Math.Pow(0.5, exponent), 1 - Math.Pow(0.5, exponent) })
                Assert.Equal(Normal.InvCDF(0, 1, p), NormalQuantile.Of(p), 1e-9);
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalQuantile.Of(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalQuantile.Of(double.NaN));
    }
}
