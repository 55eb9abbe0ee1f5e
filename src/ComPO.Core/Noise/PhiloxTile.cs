using System.Runtime.Intrinsics;

namespace ComPO.Core.Noise;

/// <summary>
/// Sixteen consecutive counters at a time: one tile of 128 random 16-bit halves, in the order that suits
/// vector registers. Word w of counter l fills halves 32·w + 2·l (low half) and 32·w + 2·l + 1 (high half).
/// </summary>
internal static class PhiloxTile
{
    public const int Counters = 16;
    public const int Halves = 128;

    /// <summary>Fills <paramref name="words"/> [4·16]: word w of counter l at 16·w + l.</summary>
    public static void Fill(ulong tile, uint perturbation, NoiseKey key, Span<uint> words)
    {
        if (Vector512.IsHardwareAccelerated)
            FillVector512(tile, perturbation, key, words);
        else if (Vector256.IsHardwareAccelerated)
            FillVector256(tile, perturbation, key, words);
        else
            FillPortable(tile, perturbation, key, words);
    }

    internal static void FillPortable(ulong tile, uint perturbation, NoiseKey key, Span<uint> words)
    {
        for (var l = 0; l < Counters; l++)
        {
            var counter = tile * Counters + (uint)l;
            var (x0, x1, x2, x3) = Philox4x32.Words((uint)counter, (uint)(counter >> 32), perturbation, 0, key.RunSeed, key.Iteration);
            words[l] = x0;
            words[Counters + l] = x1;
            words[2 * Counters + l] = x2;
            words[3 * Counters + l] = x3;
        }
    }

    internal static void FillVector256(ulong tile, uint perturbation, NoiseKey key, Span<uint> words)
    {
        for (var half = 0; half < Counters; half += Vector256<uint>.Count)
        {
            // Sixteen counters of a tile share their high word: their low words differ in four bits only.
            var counter = tile * Counters + (uint)half;
            var c0 = Vector256.Create((uint)counter) + Vector256<uint>.Indices;
            var c1 = Vector256.Create((uint)(counter >> 32));
            var c2 = Vector256.Create(perturbation);
            var c3 = Vector256<uint>.Zero;
            var (k0, k1) = (key.RunSeed, key.Iteration);
            for (var round = 0; round < Philox4x32.Rounds; round++)
            {
                Multiply(c0, Philox4x32.Multiplier0, out var low0, out var high0);
                Multiply(c2, Philox4x32.Multiplier1, out var low1, out var high1);
                (c0, c1, c2, c3) = (high1 ^ c1 ^ Vector256.Create(k0), low1, high0 ^ c3 ^ Vector256.Create(k1), low0);
                k0 += Philox4x32.Weyl0;
                k1 += Philox4x32.Weyl1;
            }
            c0.CopyTo(words[half..]);
            c1.CopyTo(words[(Counters + half)..]);
            c2.CopyTo(words[(2 * Counters + half)..]);
            c3.CopyTo(words[(3 * Counters + half)..]);
        }
    }

    internal static void FillVector512(ulong tile, uint perturbation, NoiseKey key, Span<uint> words)
    {
        var counter = tile * Counters;
        var c0 = Vector512.Create((uint)counter) + Vector512<uint>.Indices;
        var c1 = Vector512.Create((uint)(counter >> 32));
        var c2 = Vector512.Create(perturbation);
        var c3 = Vector512<uint>.Zero;
        var (k0, k1) = (key.RunSeed, key.Iteration);
        for (var round = 0; round < Philox4x32.Rounds; round++)
        {
            Multiply(c0, Philox4x32.Multiplier0, out var low0, out var high0);
            Multiply(c2, Philox4x32.Multiplier1, out var low1, out var high1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ Vector512.Create(k0), low1, high0 ^ c3 ^ Vector512.Create(k1), low0);
            k0 += Philox4x32.Weyl0;
            k1 += Philox4x32.Weyl1;
        }
        c0.CopyTo(words);
        c1.CopyTo(words[Counters..]);
        c2.CopyTo(words[(2 * Counters)..]);
        c3.CopyTo(words[(3 * Counters)..]);
    }

    // 32 × 32 → 64 bits on each lane: the even lanes as they are, the odd ones shifted down; then woven together.
    private static void Multiply(Vector256<uint> x, uint factor, out Vector256<uint> low, out Vector256<uint> high)
    {
        var wide = Vector256.Create((ulong)factor);
        var even = (x.AsUInt64() & Vector256.Create(0xFFFFFFFFUL)) * wide;
        var odd = (x.AsUInt64() >> 32) * wide;
        var lowerHalf = Vector256.Create(0x00000000FFFFFFFFUL);
        low = ((even & lowerHalf) | (odd << 32)).AsUInt32();
        high = ((even >> 32) | (odd & ~lowerHalf)).AsUInt32();
    }

    private static void Multiply(Vector512<uint> x, uint factor, out Vector512<uint> low, out Vector512<uint> high)
    {
        var wide = Vector512.Create((ulong)factor);
        var lowerHalf = Vector512.Create(0x00000000FFFFFFFFUL);
        var even = (x.AsUInt64() & lowerHalf) * wide;
        var odd = (x.AsUInt64() >> 32) * wide;
        low = ((even & lowerHalf) | (odd << 32)).AsUInt32();
        high = ((even >> 32) | (odd & ~lowerHalf)).AsUInt32();
    }
}
