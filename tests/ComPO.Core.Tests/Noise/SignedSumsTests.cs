using ComPO.Core.Noise;

namespace ComPO.Core.Tests.Noise;

/// <summary>Every way to sums of signed noise, against sums of the noise itself.</summary>
public sealed class SignedSumsTests
{
    private static readonly NoiseKey Key = new(9, 4);

    // Fewer and more than are added at once, and more than float32 adds exactly before they must become integers.
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(2500)]
    public void A_tile_sums_up_exactly_however_it_is_computed(int perturbations)
    {
        const ulong tile = 0x2_0000_0001;
        var signs = Signs(perturbations);
        var (calculated, lookedUp) = (new int[PhiloxTile.Halves], new int[PhiloxTile.Halves]);
        if (CalculatedQuantiles.IsExact)
            for (var done = 0; done < perturbations; done += 900)
                SignedSums.AddCalculated(Key, (uint)(3 + done), signs.AsSpan(done, Math.Min(900, perturbations - done)), tile, calculated);
        SignedSums.AddLookedUp(Key, 3, signs, tile, lookedUp);

        var expected = Plain(signs, (long)tile * PhiloxTile.Halves, PhiloxTile.Halves);
        Assert.Equal(expected, lookedUp);
        Assert.Equal(CalculatedQuantiles.IsExact ? expected : new int[PhiloxTile.Halves], calculated);
    }

    [Theory]
    [InlineData(0, 128)]
    [InlineData(77, 1500)]
    [InlineData(127, 2)]
    [InlineData(1000, 24)]
    public void A_stretch_at_any_offset_is_added_to_what_is_there(long first, int count)
    {
        var signs = Signs(1100);
        var sums = new int[count];
        Array.Fill(sums, 10);
        SignedSums.Add(Key, 3, signs, first, sums);

        Assert.Equal(Array.ConvertAll(Plain(signs, first, count), sum => sum + 10), sums);
    }

    private static float[] Signs(int count) => [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? 1f : -1f)];

    private static int[] Plain(float[] signs, long first, int count)
    {
        var (sums, units) = (new int[count], new short[count]);
        for (var i = 0; i < signs.Length; i++)
        {
            PerturbationNoise.Fill(Key, (uint)(3 + i), first, units);
            for (var j = 0; j < count; j++)
                sums[j] += (int)signs[i] * units[j];
        }
        return sums;
    }
}
