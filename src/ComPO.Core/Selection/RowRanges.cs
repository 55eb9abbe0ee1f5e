namespace ComPO.Core.Selection;

/// <summary>A set of rows, kept as ranges: rows that follow one another take the room of one, however many they are.</summary>
internal sealed class RowRanges
{
    // In order, and none touches the next.
    private readonly List<(int First, int End)> _ranges = [];

    /// <summary>How many rows are in it.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <returns>Whether it is new.</returns>
    public bool Add(int row)
    {
        var next = _ranges.FindIndex(range => row <= range.End);
        if (next < 0)
            next = _ranges.Count;
        if (next < _ranges.Count && row >= _ranges[next].First && row < _ranges[next].End)
            return false;
        Count++;
        var (first, end) = (row, row + 1);
        // What it touches on either side becomes one range with it.
        if (next < _ranges.Count && _ranges[next].End == row)
        {
            first = _ranges[next].First;
            _ranges.RemoveAt(next);
        }
        if (next < _ranges.Count && _ranges[next].First == row + 1)
        {
            end = _ranges[next].End;
            _ranges.RemoveAt(next);
        }
        _ranges.Insert(next, (first, end));
        return true;
    }
}
