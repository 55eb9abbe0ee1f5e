using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ComPO.Core.Noise;

/// <summary>
/// The entries of <see cref="NormalQuantileTable"/> calculated in registers, sixteen at a time. The table is larger than a first-level
/// cache, so that looking entries up costs several times as much; their magnitudes are a smooth function of the probability in
/// the tail, rounded. Used only where it gives each of the 65,536 entries exactly, which is tried once.
/// </summary>
internal static class CalculatedQuantiles
{
    private const uint SignBit = 0x8000_0000;
    private const uint BFloat16Mask = 0xFFFF_0000;

    // Below, the table's steps are whole units; from here on, eight significant bits.
    private const float WholeUnitsBelow = 256f / NormalQuantileTable.UnitsPerSigma;

    // Rounds down to multiples of 2⁻¹², raising nothing.
    private const byte DownToUnits = 12 << 4 | 0b1001;

    /// <summary>Whether this processor has the instructions and they give the table's entries, every one.</summary>
    public static bool IsExact { get; } = Avx512BW.IsSupported && GivesTheTable();

    /// <summary>The entries of 32 halves in standard deviations, as bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> BFloat16(Vector512<ushort> halves)
    {
        // A magnitude of zero must not carry a sign, which the addition of zero takes off.
        var low = (OfLow(halves) + Vector512<float>.Zero).AsUInt32() >> 16;
        return (low | (OfHigh(halves) + Vector512<float>.Zero).AsUInt32()).AsUInt16();
    }

    /// <summary>The entries of 32 halves in units of 2⁻¹² standard deviations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Units(Vector512<ushort> halves) =>
        ((Units(OfLow(halves)) & Vector512.Create(0xFFFF)) | (Units(OfHigh(halves)) << 16)).AsInt16();

    /// <summary>Standard deviations in units of 2⁻¹².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Units(Vector512<float> sigmas) =>
        Avx512F.ConvertToVector512Int32(sigmas * Vector512.Create((float)NormalQuantileTable.UnitsPerSigma));

    /// <summary>The entries of the halves of even place, in standard deviations; a zero may carry a sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OfLow(Vector512<ushort> halves) => Of((halves.AsInt32() << 16 >> 15) | Vector512<int>.One);

    /// <summary>The entries of the halves of odd place, in standard deviations; a zero may carry a sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OfHigh(Vector512<ushort> halves) => Of((halves.AsInt32() >> 15) | Vector512<int>.One);

    // An argument is 2a + 1 with a the half as a signed number: its size is 131,072 times the probability in the tail, and
    // its sign is opposite to the quantile's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of(Vector512<int> tail)
    {
        var bits = Avx512F.ConvertToVector512Single(tail).AsUInt32();
        var polynomial = (bits >> 22).AsInt32();
        var u = ((bits & Vector512.Create(0x003F_FFFFu)) | Vector512.Create(0x3F80_0000u)).AsSingle() - Vector512.Create(QuantilePolynomials.Middle);
        ref var coefficient = ref MemoryMarshal.GetReference(QuantilePolynomials.Coefficients);
        var sum = Pick(ref coefficient, polynomial);
        sum = Vector512.FusedMultiplyAdd(sum, u, Pick(ref Unsafe.Add(ref coefficient, QuantilePolynomials.Count), polynomial));
        sum = Vector512.FusedMultiplyAdd(sum, u, Pick(ref Unsafe.Add(ref coefficient, 2 * QuantilePolynomials.Count), polynomial));
        sum = Vector512.FusedMultiplyAdd(sum, u, Pick(ref Unsafe.Add(ref coefficient, 3 * QuantilePolynomials.Count), polynomial));
        sum = Vector512.FusedMultiplyAdd(sum, u, Pick(ref Unsafe.Add(ref coefficient, 4 * QuantilePolynomials.Count), polynomial));

        var whole = Vector512.LessThan(sum, Vector512.Create(WholeUnitsBelow));
        sum = Vector512.ConditionalSelect(whole, Avx512F.RoundScale(sum, DownToUnits), sum);
        var magnitude = (sum.AsUInt32() + Vector512.Create(0x8000u)) & Vector512.Create(BFloat16Mask);
        return (magnitude | Vector512.AndNot(Vector512.Create(SignBit), bits)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pick(ref float coefficients, Vector512<int> polynomial) => Avx512F.PermuteVar16x32x2(
        Vector512.LoadUnsafe(ref coefficients), polynomial, Vector512.LoadUnsafe(ref coefficients, QuantilePolynomials.Count / 2));

    private static bool GivesTheTable()
    {
        var table = NormalQuantileTable.BFloat16Values;
        for (var half = 0; half < table.Length; half += Vector512<ushort>.Count)
        {
            var halves = Vector512<ushort>.Indices + Vector512.Create((ushort)half);
            if (BFloat16(halves) != Vector512.Create(table[half..]))
                return false;
        }
        return true;
    }
}
