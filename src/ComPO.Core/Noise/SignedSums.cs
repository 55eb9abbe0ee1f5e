using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ComPO.Core.Noise;

/// <summary>Sums of consecutive perturbations, each with its sign, entry by entry in units of 2⁻¹² standard deviations: exact integers.</summary>
internal static class SignedSums
{
    private const int PerturbationsAtOnce = 8;
    private const int TileWords = PhiloxTile.Halves / 2;
    private const int Registers = TileWords / PhiloxTile.Counters;

    // So many of the largest magnitudes are less than 2²⁴ units: float32 adds them exactly.
    private const int ExactSums = (1 << 24) / NormalQuantileTable.LargestMagnitude / PerturbationsAtOnce * PerturbationsAtOnce;

    /// <summary>Adds them to sums.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="firstPerturbation">The perturbation of the first sign.</param>
    /// <param name="signs">1 or −1 for each perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="sums">The sums; any length.</param>
    public static void Add(NoiseKey key, uint firstPerturbation, ReadOnlySpan<float> signs, long firstPosition, Span<int> sums)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstPosition);
        Span<int> whole = stackalloc int[PhiloxTile.Halves];
        var tile = (ulong)firstPosition / PhiloxTile.Halves;
        var offset = (int)((ulong)firstPosition % PhiloxTile.Halves);
        for (; sums.Length > 0; tile++, offset = 0)
        {
            var count = Math.Min(PhiloxTile.Halves - offset, sums.Length);
            whole.Clear();
            if (CalculatedQuantiles.IsExact)
                for (var done = 0; done < signs.Length; done += ExactSums)
                    AddCalculated(key, firstPerturbation + (uint)done, signs.Slice(done, Math.Min(ExactSums, signs.Length - done)), tile, whole);
            else
                AddLookedUp(key, firstPerturbation, signs, tile, whole);
            for (var i = 0; i < count; i++)
                sums[i] += whole[offset + i];
            sums = sums[count..];
        }
    }

    internal static void AddLookedUp(NoiseKey key, uint firstPerturbation, ReadOnlySpan<float> signs, ulong tile, Span<int> sums)
    {
        Span<uint> words = stackalloc uint[TileWords];
        Span<short> units = stackalloc short[PhiloxTile.Halves];
        ref var unit = ref MemoryMarshal.GetReference(units);
        ref var sum = ref MemoryMarshal.GetReference(sums[..PhiloxTile.Halves]);
        for (var i = 0; i < signs.Length; i++)
        {
            PhiloxTile.Fill(tile, firstPerturbation + (uint)i, key, words);
            QuantileLookup.LookUp(MemoryMarshal.Cast<uint, ushort>(words), NormalQuantileTable.Values, units);
            // −x is (x ^ −1) + 1: cheaper than a multiplication.
            var flip = Vector256.Create(signs[i] < 0 ? -1 : 0);
            for (nuint at = 0; at < PhiloxTile.Halves; at += (nuint)Vector256<short>.Count)
            {
                var (lower, upper) = Vector256.Widen(Vector256.LoadUnsafe(ref unit, at));
                var second = at + (nuint)Vector256<int>.Count;
                (Vector256.LoadUnsafe(ref sum, at) + ((lower ^ flip) - flip)).StoreUnsafe(ref sum, at);
                (Vector256.LoadUnsafe(ref sum, second) + ((upper ^ flip) - flip)).StoreUnsafe(ref sum, second);
            }
        }
    }

    // A few perturbations' words at a time, then register by register their entries, whose sums stay in two registers meanwhile.
    internal static void AddCalculated(NoiseKey key, uint firstPerturbation, ReadOnlySpan<float> signs, ulong tile, Span<int> sums)
    {
        Span<uint> words = stackalloc uint[PerturbationsAtOnce * TileWords];
        Span<Vector512<float>> partial = stackalloc Vector512<float>[2 * Registers];
        partial.Clear();
        ref var word = ref MemoryMarshal.GetReference(words);
        for (var first = 0; first < signs.Length; first += PerturbationsAtOnce)
        {
            var some = signs.Slice(first, Math.Min(PerturbationsAtOnce, signs.Length - first));
            for (var i = 0; i < some.Length; i++)
                PhiloxTile.FillVector512(tile, firstPerturbation + (uint)(first + i), key, words[(i * TileWords)..]);
            for (var register = 0; register < Registers; register++)
            {
                var (low, high) = (partial[2 * register], partial[2 * register + 1]);
                for (var i = 0; i < some.Length; i++)
                {
                    var halves = Vector512.LoadUnsafe(ref word, (nuint)(i * TileWords + register * PhiloxTile.Counters)).AsUInt16();
                    var sign = Vector512.Create(some[i]);
                    low = Vector512.FusedMultiplyAdd(CalculatedQuantiles.OfLow(halves), sign, low);
                    high = Vector512.FusedMultiplyAdd(CalculatedQuantiles.OfHigh(halves), sign, high);
                }
                (partial[2 * register], partial[2 * register + 1]) = (low, high);
            }
        }
        for (var register = 0; register < Registers; register++)
            AddPairs(partial[2 * register], partial[2 * register + 1], sums[(2 * PhiloxTile.Counters * register)..]);
    }

    // Halves of even and of odd place, woven together.
    private static void AddPairs(Vector512<float> low, Vector512<float> high, Span<int> sums)
    {
        var (lows, highs) = (CalculatedQuantiles.Units(low), CalculatedQuantiles.Units(high));
        var first = Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        (Vector512.Create<int>(sums) + Avx512F.PermuteVar16x32x2(lows, first, highs)).CopyTo(sums);
        sums = sums[PhiloxTile.Counters..];
        (Vector512.Create<int>(sums) + Avx512F.PermuteVar16x32x2(lows, first + Vector512.Create(8), highs)).CopyTo(sums);
    }
}
