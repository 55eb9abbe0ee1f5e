using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

    // A 32 × 32 → 64 bit product reads the low half of a 64-bit lane only. So even and odd counters live in lanes of 64 bits each,
    // whatever stands in their high halves, and are woven together once, at the end.
    internal static void FillVector256(ulong tile, uint perturbation, NoiseKey key, Span<uint> words)
    {
        for (var half = 0; half < Counters; half += Vector256<uint>.Count)
        {
            // Sixteen counters of a tile share their high word: their low words differ in four bits only.
            var counter = tile * Counters + (uint)half;
            var even0 = Vector256.Create((ulong)(uint)counter) + Vector256<ulong>.Indices * 2;
            var odd0 = even0 + Vector256<ulong>.One;
            var (even1, odd1) = (Vector256.Create(counter >> 32), Vector256.Create(counter >> 32));
            var (even2, odd2) = (Vector256.Create((ulong)perturbation), Vector256.Create((ulong)perturbation));
            var (even3, odd3) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero);
            var (k0, k1) = (key.RunSeed, key.Iteration);
            for (var round = 0; round < Philox4x32.Rounds; round++)
            {
                var (key0, key1) = (Vector256.Create((ulong)k0), Vector256.Create((ulong)k1));
                Round(ref even0, ref even1, ref even2, ref even3, key0, key1);
                Round(ref odd0, ref odd1, ref odd2, ref odd3, key0, key1);
                k0 += Philox4x32.Weyl0;
                k1 += Philox4x32.Weyl1;
            }
            Weave(even0, odd0).CopyTo(words[half..]);
            Weave(even1, odd1).CopyTo(words[(Counters + half)..]);
            Weave(even2, odd2).CopyTo(words[(2 * Counters + half)..]);
            Weave(even3, odd3).CopyTo(words[(3 * Counters + half)..]);
        }
    }

    internal static void FillVector512(ulong tile, uint perturbation, NoiseKey key, Span<uint> words)
    {
        var counter = tile * Counters;
        var even0 = Vector512.Create((ulong)(uint)counter) + Vector512<ulong>.Indices * 2;
        var odd0 = even0 + Vector512<ulong>.One;
        var (even1, odd1) = (Vector512.Create(counter >> 32), Vector512.Create(counter >> 32));
        var (even2, odd2) = (Vector512.Create((ulong)perturbation), Vector512.Create((ulong)perturbation));
        var (even3, odd3) = (Vector512<ulong>.Zero, Vector512<ulong>.Zero);
        var (k0, k1) = (key.RunSeed, key.Iteration);
        for (var round = 0; round < Philox4x32.Rounds; round++)
        {
            var (key0, key1) = (Vector512.Create((ulong)k0), Vector512.Create((ulong)k1));
            Round(ref even0, ref even1, ref even2, ref even3, key0, key1);
            Round(ref odd0, ref odd1, ref odd2, ref odd3, key0, key1);
            k0 += Philox4x32.Weyl0;
            k1 += Philox4x32.Weyl1;
        }
        Weave(even0, odd0).CopyTo(words);
        Weave(even1, odd1).CopyTo(words[Counters..]);
        Weave(even2, odd2).CopyTo(words[(2 * Counters)..]);
        Weave(even3, odd3).CopyTo(words[(3 * Counters)..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        ref Vector256<ulong> c0, ref Vector256<ulong> c1, ref Vector256<ulong> c2, ref Vector256<ulong> c3, Vector256<ulong> k0, Vector256<ulong> k1)
    {
        var (p0, p1) = (Multiply(c0, Philox4x32.Multiplier0), Multiply(c2, Philox4x32.Multiplier1));
        (c0, c1, c2, c3) = ((p1 >> 32) ^ c1 ^ k0, p1, (p0 >> 32) ^ c3 ^ k1, p0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        ref Vector512<ulong> c0, ref Vector512<ulong> c1, ref Vector512<ulong> c2, ref Vector512<ulong> c3, Vector512<ulong> k0, Vector512<ulong> k1)
    {
        var (p0, p1) = (Multiply(c0, Philox4x32.Multiplier0), Multiply(c2, Philox4x32.Multiplier1));
        (c0, c1, c2, c3) = ((p1 >> 32) ^ c1 ^ k0, p1, (p0 >> 32) ^ c3 ^ k1, p0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> x, uint factor) => Avx2.IsSupported
        ? Avx2.Multiply(x.AsUInt32(), Vector256.Create((ulong)factor).AsUInt32())
        : (x & Vector256.Create(0xFFFFFFFFUL)) * Vector256.Create((ulong)factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Multiply(Vector512<ulong> x, uint factor) => Avx512F.IsSupported
        ? Avx512F.Multiply(x.AsUInt32(), Vector512.Create((ulong)factor).AsUInt32())
        : (x & Vector512.Create(0xFFFFFFFFUL)) * Vector512.Create((ulong)factor);

    private static Vector256<uint> Weave(Vector256<ulong> even, Vector256<ulong> odd) =>
        ((even & Vector256.Create(0xFFFFFFFFUL)) | (odd << 32)).AsUInt32();

    private static Vector512<uint> Weave(Vector512<ulong> even, Vector512<ulong> odd) =>
        ((even & Vector512.Create(0xFFFFFFFFUL)) | (odd << 32)).AsUInt32();
}
