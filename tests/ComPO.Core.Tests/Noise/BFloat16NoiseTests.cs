using ComPO.Core.Noise;

namespace ComPO.Core.Tests.Noise;

public sealed class BFloat16NoiseTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 127)]
    [InlineData(127, 1030)]
    [InlineData(1L << 36, 513)]
    public void The_noise_is_the_same_numbers_in_every_type(long first, int count)
    {
        var (units, wide, narrow) = (new short[count], new float[count], new ushort[count]);
        PerturbationNoise.Fill(new NoiseKey(1, 2), 3, first, units);
        PerturbationNoise.Fill(new NoiseKey(1, 2), 3, first, wide);
        PerturbationNoise.FillBFloat16(new NoiseKey(1, 2), 3, first, narrow);

        for (var i = 0; i < count; i++)
        {
            Assert.Equal(units[i] / 4096f, wide[i]);
            Assert.Equal(units[i] / 4096f, BitConverter.UInt32BitsToSingle((uint)narrow[i] << 16));
        }
    }

    [Fact]
    public void Signed_sums_take_the_noise_or_its_opposite_at_any_offset()
    {
        var units = new short[1500];
        PerturbationNoise.Fill(new NoiseKey(1, 2), 3, 77, units);
        foreach (var add in (bool[])[true, false])
        {
            var sums = new int[units.Length];
            Array.Fill(sums, 10);
            SignedSums.Add(new NoiseKey(1, 2), 3, [add ? 1 : -1], 77, sums);
            Assert.Equal(Array.ConvertAll(units, unit => 10 + (add ? unit : -unit)), sums);
        }
    }
}
