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
    // Several tiles before their look-ups: the look-ups of one do not wait for the multiplications of the next.
    private const int TilesAtOnce = 4;
    private const int HalvesAtOnce = TilesAtOnce * PhiloxTile.Halves;

    /// <summary>Fills consecutive entries in units of 2⁻¹² standard deviations.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="units">Receives the entries; any length.</param>
    public static void Fill(NoiseKey key, uint perturbation, long firstPosition, Span<short> units) =>
        ForEachTile(key, perturbation, firstPosition, units, new Write());

    /// <summary>Fills consecutive entries in standard deviations, float32; exact.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="sigmas">Receives the entries; any length.</param>
    public static void Fill(NoiseKey key, uint perturbation, long firstPosition, Span<float> sigmas) =>
        ForEachTile(key, perturbation, firstPosition, sigmas, new WriteSigmas());

    /// <summary>Fills consecutive entries in standard deviations, as the bits of bfloat16; exact.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="sigmas">Receives the entries; any length.</param>
    public static void FillBFloat16(NoiseKey key, uint perturbation, long firstPosition, Span<ushort> sigmas) =>
        ForEachTile(key, perturbation, firstPosition, sigmas, new WriteBFloat16());

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
        Span<uint> words = stackalloc uint[HalvesAtOnce / 2];
        var tile = (ulong)firstPosition / PhiloxTile.Halves;
        var offset = (int)((ulong)firstPosition % PhiloxTile.Halves);
        while (destination.Length > 0)
        {
            var tiles = (int)Math.Min(TilesAtOnce, ((long)offset + destination.Length + PhiloxTile.Halves - 1) / PhiloxTile.Halves);
            for (var t = 0; t < tiles; t++)
                PhiloxTile.Fill(tile + (uint)t, perturbation, key, words.Slice(t * PhiloxTile.Halves / 2, PhiloxTile.Halves / 2));
            // Low half before high half: the order of the bytes in memory.
            var halves = MemoryMarshal.Cast<uint, ushort>(words)[offset..(tiles * PhiloxTile.Halves)];
            var count = Math.Min(halves.Length, destination.Length);
            use.Use(halves[..count], destination[..count]);
            destination = destination[count..];
            tile += (uint)tiles;
            offset = 0;
        }
    }

    // Sixteen bits cannot point outside 65,536 entries: there is nothing to check.
    private static void LookUp<T>(ReadOnlySpan<ushort> halves, ReadOnlySpan<T> table, Span<T> entries)
    {
        ref var half = ref MemoryMarshal.GetReference(halves);
        ref var value = ref MemoryMarshal.GetReference(table);
        ref var entry = ref MemoryMarshal.GetReference(entries);
        nuint i = 0;
        for (; i + 4 <= (nuint)halves.Length; i += 4)
        {
            var a = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i));
            var b = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i + 1));
            var c = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i + 2));
            var d = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i + 3));
            Unsafe.Add(ref entry, i) = a;
            Unsafe.Add(ref entry, i + 1) = b;
            Unsafe.Add(ref entry, i + 2) = c;
            Unsafe.Add(ref entry, i + 3) = d;
        }
        for (; i < (nuint)halves.Length; i++)
            Unsafe.Add(ref entry, i) = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i));
    }

    private interface IUse<T>
    {
        void Use(ReadOnlySpan<ushort> halves, Span<T> destination);
    }

    private readonly struct Write : IUse<short>
    {
        public void Use(ReadOnlySpan<ushort> halves, Span<short> destination) => LookUp(halves, NormalQuantileTable.Values, destination);
    }

    private readonly struct WriteBFloat16 : IUse<ushort>
    {
        public void Use(ReadOnlySpan<ushort> halves, Span<ushort> destination) => LookUp(halves, NormalQuantileTable.BFloat16Values, destination);
    }

    private readonly struct WriteSigmas : IUse<float>
    {
        public void Use(ReadOnlySpan<ushort> halves, Span<float> destination)
        {
            Span<ushort> narrow = stackalloc ushort[HalvesAtOnce];
            LookUp(halves, NormalQuantileTable.BFloat16Values, narrow);
            BFloat16Bits.Widen(narrow[..halves.Length], destination);
        }
    }

    private readonly struct AddTimes(int sign) : IUse<int>
    {
        public void Use(ReadOnlySpan<ushort> halves, Span<int> sums)
        {
            Span<short> units = stackalloc short[HalvesAtOnce];
            units = units[..halves.Length];
            LookUp(halves, NormalQuantileTable.Values, units);
            // −x is (x ^ −1) + 1: cheaper than a multiplication.
            var flip = Vector512.Create(sign >> 1);
            ref var unit = ref MemoryMarshal.GetReference(units);
            ref var sum = ref MemoryMarshal.GetReference(sums);
            var i = 0;
            for (; i <= units.Length - Vector512<short>.Count; i += Vector512<short>.Count)
            {
                var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref unit, (nuint)i));
                var first = Vector512.LoadUnsafe(ref sum, (nuint)i);
                var second = Vector512.LoadUnsafe(ref sum, (nuint)(i + Vector512<int>.Count));
                (first + ((lower ^ flip) - flip)).StoreUnsafe(ref sum, (nuint)i);
                (second + ((upper ^ flip) - flip)).StoreUnsafe(ref sum, (nuint)(i + Vector512<int>.Count));
            }
            for (; i < units.Length; i++)
                sums[i] += sign * units[i];
        }
    }
}
