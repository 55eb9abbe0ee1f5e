using System.Numerics;

namespace ComPO.Core.Noise;

/// <summary>
/// The noise's alphabet: 65,536 equally likely normal quantiles, in fixed point. Entry i is the quantile
/// at (i + ½)/65,536 rounded to units of 2⁻¹², then to 8 significant bits, so that bfloat16 holds it exactly:
/// the noise that is probed is the noise that is tallied. Variance 1.0002, kurtosis 2.999, clipped at 4.3125.
/// </summary>
public static class NormalQuantileTable
{
    /// <summary>One standard deviation in units of the table.</summary>
    public const int UnitsPerSigma = 4096;

    /// <summary>The largest magnitude in the table.</summary>
    public const int LargestMagnitude = 17664;

    private const int Size = 1 << 16;
    private const int SignificantBits = 8;

    private static readonly short[] Entries = Build();

    // The high half of a float32 is the bfloat16, and eight significant bits fit it.
    private static readonly ushort[] BFloat16Entries =
        Array.ConvertAll(Entries, units => (ushort)(BitConverter.SingleToUInt32Bits(units / (float)UnitsPerSigma) >> 16));

    /// <summary>65,536 entries, ascending and antisymmetric.</summary>
    public static ReadOnlySpan<short> Values => Entries;

    /// <summary>The same entries in standard deviations, as the bits of bfloat16; exact.</summary>
    internal static ReadOnlySpan<ushort> BFloat16Values => BFloat16Entries;

    private static short[] Build()
    {
        var entries = new short[Size];
        for (var i = 0; i < Size / 2; i++)
        {
            var magnitude = RoundToSignificantBits((int)Math.Round(-NormalQuantile.Of((i + 0.5) / Size) * UnitsPerSigma));
            entries[i] = (short)-magnitude;
            entries[Size - 1 - i] = (short)magnitude;
        }
        return entries;
    }

    // Half a step rounds up, as fixed point does.
    private static int RoundToSignificantBits(int magnitude)
    {
        var bits = 32 - BitOperations.LeadingZeroCount((uint)magnitude);
        var step = 1 << Math.Max(0, bits - SignificantBits);
        return (magnitude + step / 2) / step * step;
    }
}
