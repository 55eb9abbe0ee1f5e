using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
        ForEachTile(key, perturbation, firstPosition, units, new Write());

    /// <summary>Fills consecutive entries in standard deviations, float32 (exact: bfloat16 would hold them too).</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="sigmas">Receives the entries; any length.</param>
    public static void Fill(NoiseKey key, uint perturbation, long firstPosition, Span<float> sigmas) =>
        ForEachTile(key, perturbation, firstPosition, sigmas, new WriteSigmas());

    /// <summary>Adds consecutive entries to sums in units of 2⁻¹² standard deviations, or takes them away.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="add">Whether to add.</param>
    /// <param name="sums">The sums; any length.</param>
    internal static void AddSigned(NoiseKey key, uint perturbation, long firstPosition, bool add, Span<int> sums) =>
        ForEachTile(key, perturbation, firstPosition, sums, new AddTimes(add ? 1 : -1));

    private static void ForEachTile<T, TUse>(NoiseKey key, uint perturbation, long firstPosition, Span<T> destination, TUse use)
        where TUse : struct, IUse<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstPosition);
        Span<uint> words = stackalloc uint[PhiloxTile.Halves / 2];
        Span<short> units = stackalloc short[PhiloxTile.Halves];
        var tile = (ulong)firstPosition / PhiloxTile.Halves;
        var offset = (int)((ulong)firstPosition % PhiloxTile.Halves);
        for (; destination.Length > 0; tile++, offset = 0)
        {
            PhiloxTile.Fill(tile, perturbation, key, words);
            LookUp(words, units);
            var count = Math.Min(PhiloxTile.Halves - offset, destination.Length);
            use.Use(units.Slice(offset, count), destination[..count]);
            destination = destination[count..];
        }
    }

    // Sixteen bits cannot point outside 65,536 entries: there is nothing to check.
    private static void LookUp(ReadOnlySpan<uint> words, Span<short> units)
    {
        ref var table = ref MemoryMarshal.GetReference(NormalQuantileTable.Values);
        ref var unit = ref MemoryMarshal.GetReference(units);
        for (var i = 0; i < words.Length; i++)
        {
            Unsafe.Add(ref unit, 2 * i) = Unsafe.Add(ref table, (nuint)(words[i] & 0xFFFF));
            Unsafe.Add(ref unit, 2 * i + 1) = Unsafe.Add(ref table, (nuint)(words[i] >> 16));
        }
    }

    private interface IUse<T>
    {
        void Use(ReadOnlySpan<short> units, Span<T> destination);
    }

    private readonly struct Write : IUse<short>
    {
        public void Use(ReadOnlySpan<short> units, Span<short> destination) => units.CopyTo(destination);
    }

    private readonly struct WriteSigmas : IUse<float>
    {
        public void Use(ReadOnlySpan<short> units, Span<float> destination)
        {
            var i = 0;
            for (; i <= units.Length - Vector512<short>.Count; i += Vector512<short>.Count)
            {
                var (lower, upper) = Vector512.Widen(Vector512.Create(units[i..]));
                (Vector512.ConvertToSingle(lower) * SigmaPerUnit).CopyTo(destination[i..]);
                (Vector512.ConvertToSingle(upper) * SigmaPerUnit).CopyTo(destination[(i + Vector512<int>.Count)..]);
            }
            for (; i < units.Length; i++)
                destination[i] = units[i] * SigmaPerUnit;
        }
    }

    private readonly struct AddTimes(int sign) : IUse<int>
    {
        public void Use(ReadOnlySpan<short> units, Span<int> sums)
        {
            var i = 0;
            for (; i <= units.Length - Vector512<short>.Count; i += Vector512<short>.Count)
            {
                var (lower, upper) = Vector512.Widen(Vector512.Create(units[i..]));
                var first = sums[i..];
                var second = sums[(i + Vector512<int>.Count)..];
                (Vector512.Create<int>(first) + sign * lower).CopyTo(first);
                (Vector512.Create<int>(second) + sign * upper).CopyTo(second);
            }
            for (; i < units.Length; i++)
                sums[i] += sign * units[i];
        }
    }
}
