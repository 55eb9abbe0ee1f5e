using ComPO.Core.Selection;

namespace ComPO.Cluster.Selecting;

/// <summary>What is known of the rows of the data: a byte a row, in pages, so that a search may begin anywhere.</summary>
internal sealed class ScannedRows
{
    private const int PageRows = 4096;
    private const byte Unknown = 0;

    private readonly Dictionary<int, byte[]> _pages = [];

    /// <summary>The first row that is known not to exist; null while the end of the data has not been seen.</summary>
    public int? End { get; private set; }

    /// <summary>What a row is; null when it is not known.</summary>
    public RowVerdict? this[int row] =>
        _pages.TryGetValue(row / PageRows, out var page) && page[row % PageRows] is not Unknown and var code && RowVerdict.TryRead((byte)(code - 1), out var verdict)
            ? verdict
            : null;

    /// <summary>Takes a verdict down.</summary>
    public void Learn(int row, RowVerdict verdict)
    {
        if (!_pages.TryGetValue(row / PageRows, out var page))
            _pages[row / PageRows] = page = new byte[PageRows];
        page[row % PageRows] = (byte)(verdict.Code + 1);
    }

    /// <summary>Takes down that there is no row from this one on; whoever says so of the earliest is right.</summary>
    public void EndAt(int row) => End = Math.Min(row, End ?? int.MaxValue);
}
