using ComPO.Core.Heads;

namespace ComPO.Core.Aggregation;

/// <summary>
/// Where the entries of an estimate are cut off. A cut is a magnitude ℓ in the units of the lifted rows; entries
/// with |ℓ| ≥ cut stay. It is always above zero: an entry of nothing is never kept.
/// </summary>
public static class Thresholds
{
    /// <summary>⌈F·V·d⌉ with F as it is written in decimal, so that 0.07 of 100 entries are 7; at least 1, at most V·d.</summary>
    /// <param name="density">F, above 0, at most 1.</param>
    /// <param name="shape">V and d.</param>
    /// <exception cref="ArgumentOutOfRangeException">The density is none.</exception>
    public static long KeptCount(double density, HeadShape shape)
    {
        if (!(density is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(density), density, "A density is above 0 and at most 1.");
        return Math.Clamp((long)decimal.Ceiling((decimal)density * shape.EntryCount), 1, shape.EntryCount);
    }

    /// <summary>The high digit of the cut that keeps the <paramref name="kept"/> largest magnitudes, from the first pass over all rows.</summary>
    /// <exception cref="ArgumentException">The histogram is of the second pass, or counts fewer entries than are to be kept.</exception>
    public static int DensityHighDigit(MagnitudeHistogram high, long kept) => high.HighDigit is null
        ? FindFromTop(high, kept).Digit
        : throw new ArgumentException("This needs the histogram of high digits.", nameof(high));

    /// <summary>
    /// The magnitude of the entry that is the <paramref name="kept"/>-th largest: an exact order statistic. Entries equal to it stay, so
    /// a few more than asked for may.
    /// </summary>
    /// <param name="high">The first pass over all rows.</param>
    /// <param name="low">The second pass over all rows, at <see cref="DensityHighDigit"/>.</param>
    /// <param name="kept">How many to keep, at least 1.</param>
    /// <exception cref="ArgumentException">The histograms do not belong together.</exception>
    public static float DensityCut(MagnitudeHistogram high, MagnitudeHistogram low, long kept)
    {
        var (highDigit, above) = FindFromTop(high, kept);
        if (low.HighDigit != highDigit)
            throw new ArgumentException($"The low digits of {highDigit} are needed, not those of {low.HighDigit}.", nameof(low));
        return Math.Max(float.Epsilon, MagnitudeHistogram.Magnitude(highDigit, FindFromTop(low, kept - above).Digit));
    }

    /// <summary>
    /// The cut of an absolute threshold λ_g on the entries of g (ComPO, section 4): the smallest ℓ whose entry (float)(ℓ/‖u‖) is at
    /// least λ_g; infinite when there is none.
    /// </summary>
    /// <param name="threshold">λ_g.</param>
    /// <param name="liftedNorm">‖u‖ in the units of the lifted rows.</param>
    public static float AbsoluteCut(double threshold, double liftedNorm)
    {
        // Positive floats order as their bit patterns do, and ℓ/‖u‖ rounds monotonically: a bisection over 31 bits.
        var (below, above) = (0, BitConverter.SingleToInt32Bits(float.PositiveInfinity));
        while (above - below > 1)
        {
            var middle = below + (above - below) / 2;
            if (Entry(BitConverter.Int32BitsToSingle(middle), liftedNorm) >= threshold)
                above = middle;
            else
                below = middle;
        }
        return BitConverter.Int32BitsToSingle(above);
    }

    /// <summary>The entry of g that a lifted value becomes.</summary>
    public static float Entry(float lifted, double liftedNorm) => (float)(lifted / liftedNorm);

    private static (int Digit, long Above) FindFromTop(MagnitudeHistogram histogram, long kept)
    {
        var above = 0L;
        for (var digit = histogram.Bins - 1; digit >= 0; digit--)
        {
            if (above + histogram[digit] >= kept)
                return (digit, above);
            above += histogram[digit];
        }
        throw new ArgumentException($"A histogram of {above} magnitudes has no {kept} largest.", nameof(histogram));
    }
}
