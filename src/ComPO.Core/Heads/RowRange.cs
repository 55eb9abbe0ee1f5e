namespace ComPO.Core.Heads;

/// <summary>A range of rows of the head that one trainer tallies and emits.</summary>
/// <param name="First">The first row.</param>
/// <param name="Count">How many.</param>
public readonly record struct RowRange(int First, int Count)
{
    /// <summary>Divides the rows among owners, as even as can be; no range is empty.</summary>
    public static RowRange[] Divide(int vocabularySize, int owners)
    {
        var ranges = new RowRange[Math.Min(owners, vocabularySize)];
        for (var i = 0; i < ranges.Length; i++)
        {
            var first = (int)((long)vocabularySize * i / ranges.Length);
            ranges[i] = new RowRange(first, (int)((long)vocabularySize * (i + 1) / ranges.Length) - first);
        }
        return ranges;
    }
}
