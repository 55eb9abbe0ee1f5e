using ComPO.Core.Errors;

namespace ComPO.Core.Aggregation;

/// <summary>
/// A histogram as bytes: for each bin that is not empty the gap to the one before and the count, as variable-length integers of
/// seven bits a byte. Full histograms of 65,536 bins stay under 768 KiB for any head.
/// </summary>
public static class HistogramCodec
{
    /// <summary>The counts of a histogram as bytes.</summary>
    public static byte[] Encode(MagnitudeHistogram histogram)
    {
        var bytes = new List<byte>();
        var previous = -1;
        foreach (var (bin, count) in histogram.ToSparse())
        {
            Write(bytes, (ulong)(bin - previous - 1));
            Write(bytes, (ulong)count);
            previous = bin;
        }
        return [.. bytes];
    }

    /// <summary>Adds encoded counts to a histogram of the same pass.</summary>
    /// <exception cref="DigestMismatchException">The bytes are not such counts.</exception>
    public static void AddTo(MagnitudeHistogram histogram, ReadOnlySpan<byte> bytes)
    {
        var bins = new List<(int, long)>();
        var bin = -1L;
        try
        {
            while (!bytes.IsEmpty)
            {
                bin = checked(bin + 1 + (long)Read(ref bytes));
                bins.Add((checked((int)bin), checked((long)Read(ref bytes))));
            }
            histogram.Add(bins.ToArray());
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new DigestMismatchException($"A histogram arrived damaged: {exception.Message}", exception);
        }
    }

    private static void Write(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    private static ulong Read(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var (i, shift) = (0, 0); shift < 63; i++, shift += 7)
        {
            if (i >= bytes.Length)
                throw new FormatException("It ends inside a number.");
            value |= (ulong)(bytes[i] & 0x7F) << shift;
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }
        throw new FormatException("A number is longer than nine bytes.");
    }
}
