namespace ComPO.Core.Numerics;

/// <summary>Sums of integers that lose nothing, and so are the same in whatever order.</summary>
public static class ExactSums
{
    /// <summary>Σ x² over the sums, exactly. Sums of squares of row ranges add up to that of the whole.</summary>
    public static UInt128 SumOfSquares(ReadOnlySpan<int> sums)
    {
        var (high, low) = (0UL, 0UL);
        foreach (var sum in sums)
        {
            var square = (ulong)((long)sum * sum);
            low += square;
            if (low < square)
                high++;
        }
        return new UInt128(high, low);
    }
}
