namespace ComPO.Node.Scoring;

/// <summary>How long the parts of pairs are, in tokens. As JSON its names are camelCase.</summary>
/// <param name="Min">The shortest.</param>
/// <param name="Median">The middle one; of an even number, the mean of the two in the middle.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Max">The longest.</param>
internal sealed record LengthStatistics(int Min, double Median, double Mean, int Max);

/// <summary>Counts lengths. There are no more of them than a model's context is long, so its memory does not grow with the file.</summary>
internal sealed class LengthHistogram
{
    private readonly SortedDictionary<int, long> _counts = [];

    private long _count;
    private long _sum;

    /// <summary>Counts a length.</summary>
    public void Add(int length)
    {
        _counts[length] = _counts.GetValueOrDefault(length) + 1;
        _count++;
        _sum += length;
    }

    /// <summary>What was counted; null when nothing was.</summary>
    public LengthStatistics? Describe() => _count == 0
        ? null
        : new LengthStatistics(_counts.Keys.First(), (At((_count - 1) / 2) + At(_count / 2)) / 2.0, (double)_sum / _count, _counts.Keys.Last());

    // The length at a 0-based rank, were all of them sorted.
    private int At(long rank)
    {
        foreach (var (length, count) in _counts)
        {
            if (rank < count)
                return length;
            rank -= count;
        }
        throw new ArgumentOutOfRangeException(nameof(rank));
    }
}
