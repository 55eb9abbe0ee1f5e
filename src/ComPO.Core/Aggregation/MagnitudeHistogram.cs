namespace ComPO.Core.Aggregation;

/// <summary>
/// Counts of float32 magnitudes by their bit pattern, which orders as the magnitudes do. Two passes find
/// any order statistic exactly: the first counts the high 15 bits, the second the low 16 bits of those that share one
/// high digit. Counts of row ranges add up, so the answer is the same however the rows are divided.
/// </summary>
public sealed class MagnitudeHistogram
{
    private const int LowBits = 16;
    private const int HighBins = 1 << 15;
    private const int LowBins = 1 << LowBits;

    private readonly long[] _counts;

    private MagnitudeHistogram(int? highDigit, int bins) => (HighDigit, _counts) = (highDigit, new long[bins]);

    /// <summary>The high digit whose low digits are counted, or null in the first pass.</summary>
    public int? HighDigit { get; }

    /// <summary>How many bins there are: one a digit.</summary>
    public int Bins => _counts.Length;

    /// <summary>How many magnitudes have a digit.</summary>
    public long this[int digit] => _counts[digit];

    /// <summary>The first pass.</summary>
    public static MagnitudeHistogram OfHighDigits() => new(null, HighBins);

    /// <summary>The second pass, among magnitudes of one high digit.</summary>
    public static MagnitudeHistogram OfLowDigits(int highDigit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(highDigit);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(highDigit, HighBins);
        return new MagnitudeHistogram(highDigit, LowBins);
    }

    /// <summary>An empty histogram of the same pass.</summary>
    internal MagnitudeHistogram Empty() => new(HighDigit, Bins);

    /// <summary>The magnitude with these digits.</summary>
    public static float Magnitude(int highDigit, int lowDigit) => BitConverter.Int32BitsToSingle(highDigit << LowBits | lowDigit);

    /// <summary>Counts the magnitudes of some entries.</summary>
    public void Add(ReadOnlySpan<float> lifted)
    {
        var counts = _counts;
        if (HighDigit is { } only)
        {
            foreach (var value in lifted)
            {
                var bits = BitConverter.SingleToInt32Bits(value) & int.MaxValue;
                if (bits >> LowBits == only)
                    counts[bits & (LowBins - 1)]++;
            }
            return;
        }
        foreach (var value in lifted)
            counts[(BitConverter.SingleToInt32Bits(value) & int.MaxValue) >> LowBits]++;
    }

    /// <summary>Adds the counts of other rows.</summary>
    /// <exception cref="ArgumentException">The other histogram is of another pass.</exception>
    public void Merge(MagnitudeHistogram other)
    {
        if (other.HighDigit != HighDigit)
            throw new ArgumentException("Histograms of different passes do not add up.", nameof(other));
        for (var bin = 0; bin < _counts.Length; bin++)
            _counts[bin] += other._counts[bin];
    }

    /// <summary>The bins that are not empty, ascending: what travels.</summary>
    public (int Bin, long Count)[] ToSparse()
    {
        var filled = new List<(int, long)>();
        for (var bin = 0; bin < _counts.Length; bin++)
            if (_counts[bin] != 0)
                filled.Add((bin, _counts[bin]));
        return [.. filled];
    }

    /// <summary>Adds counts that <see cref="ToSparse"/> gave, of the same pass.</summary>
    /// <exception cref="FormatException">A bin does not exist, or a count is not positive.</exception>
    public void Add(ReadOnlySpan<(int Bin, long Count)> sparse)
    {
        foreach (var (bin, count) in sparse)
        {
            if ((uint)bin >= (uint)_counts.Length || count <= 0)
                throw new FormatException($"{count} magnitudes in bin {bin} of {_counts.Length} cannot be.");
            _counts[bin] += count;
        }
    }
}
