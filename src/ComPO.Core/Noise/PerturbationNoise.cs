using System.Runtime.CompilerServices;

namespace ComPO.Core.Noise;

/// <summary>
/// The entries of perturbations: E [V, k], or Z [V, d] in the full space, row-major. Position
/// row·columns + column of perturbation i under a key is one half of one Philox word of counter
/// (tile counter low, high, i, 0), looked up in <see cref="NormalQuantileTable"/>; 128 positions share
/// the 16 counters of a tile (see <see cref="PhiloxTile"/>).
/// </summary>
public static class PerturbationNoise
{
    private const float SigmaPerUnit = 1f / NormalQuantileTable.UnitsPerSigma;

    /// <summary>Fills consecutive entries in units of 2⁻¹² standard deviations.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="units">Receives the entries; any length.</param>
    public static void Fill(NoiseKey key, uint perturbation, long firstPosition, Span<short> units) =>
        Fill<short, Units>(key, perturbation, firstPosition, units);

    /// <summary>Fills consecutive entries in standard deviations, float32 (exact: bfloat16 would hold them too).</summary>
    /// <inheritdoc cref="Fill(NoiseKey, uint, long, Span{short})"/>
    public static void Fill(NoiseKey key, uint perturbation, long firstPosition, Span<float> sigmas) =>
        Fill<float, Sigmas>(key, perturbation, firstPosition, sigmas);

    /// <summary>Adds consecutive entries to sums, or takes them away.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="add">Whether to add.</param>
    /// <param name="sums">The sums, in units of 2⁻¹² standard deviations.</param>
    internal static void AddSigned(NoiseKey key, uint perturbation, long firstPosition, bool add, Span<int> sums)
    {
        Span<short> units = stackalloc short[16 * PhiloxTile.Halves];
        while (sums.Length > 0)
        {
            var count = (int)Math.Min(sums.Length, units.Length - firstPosition % PhiloxTile.Halves);
            var part = units[..count];
            Fill(key, perturbation, firstPosition, part);
            if (add)
                for (var i = 0; i < part.Length; i++)
                    sums[i] += part[i];
            else
                for (var i = 0; i < part.Length; i++)
                    sums[i] -= part[i];
            firstPosition += count;
            sums = sums[count..];
        }
    }

    private static void Fill<T, TConversion>(NoiseKey key, uint perturbation, long firstPosition, Span<T> destination)
        where TConversion : struct, IConversion<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstPosition);
        var table = NormalQuantileTable.Values;
        Span<uint> words = stackalloc uint[4 * PhiloxTile.Counters];
        var tile = (ulong)firstPosition / PhiloxTile.Halves;
        var offset = (int)((ulong)firstPosition % PhiloxTile.Halves);
        for (var done = 0; done < destination.Length; tile++, offset = 0)
        {
            PhiloxTile.Fill(tile, perturbation, key, words);
            var count = Math.Min(PhiloxTile.Halves - offset, destination.Length - done);
            for (var i = 0; i < count; i++)
            {
                var half = offset + i;
                var word = words[half >> 1];
                destination[done + i] = TConversion.Convert(table[(int)((half & 1) == 0 ? word & 0xFFFF : word >> 16)]);
            }
            done += count;
        }
    }

    private interface IConversion<T>
    {
        static abstract T Convert(short units);
    }

    private readonly struct Units : IConversion<short>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static short Convert(short units) => units;
    }

    private readonly struct Sigmas : IConversion<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float Convert(short units) => units * SigmaPerUnit;
    }
}
