using ComPO.Protocol;

namespace ComPO.Cluster.Selecting;

/// <summary>
/// Which rows the searches of a run have passed: from its offset from pair to pair, around the end of the data as often as it takes. It follows from the
/// pairs alone, so that rows left out are counted alike whoever has looked at them, when, and how far ahead.
/// </summary>
internal sealed class SearchPath
{
    private readonly int _offset;
    private readonly int _wraps;

    /// <param name="offset">The row at which the first search began.</param>
    /// <param name="pairs">The rows of the pairs so far.</param>
    public SearchPath(int offset, IEnumerable<int> pairs)
    {
        (_offset, Next) = (offset, offset);
        foreach (var row in pairs)
        {
            if (row < Next)
                _wraps++;
            Next = row + 1;
        }
    }

    /// <summary>The row at which the next search begins.</summary>
    public int Next { get; }

    /// <summary>Rows that were left out on the way to a pair and have not been passed before.</summary>
    /// <param name="rows">What is known: all on the way.</param>
    /// <param name="pair">The pair's row; null when the search has gone all around and found none.</param>
    public IEnumerable<SkippedRow> NewlySkipped(ScannedRows rows, int? pair)
    {
        foreach (var row in Way(rows, pair))
        {
            if (!IsPassed(row) && rows[row]?.Skipped is { } reason)
                yield return new SkippedRow(row, reason);
        }
    }

    private bool IsPassed(int row) => _wraps switch
    {
        0 => row >= _offset && row < Next,
        1 => row >= _offset || row < Next,
        _ => true,
    };

    private IEnumerable<int> Way(ScannedRows rows, int? pair)
    {
        if (pair is { } ahead && ahead >= Next)
            return Enumerable.Range(Next, ahead - Next);
        var end = rows.End ?? Next;
        return Enumerable.Range(Next, Math.Max(0, end - Next)).Concat(Enumerable.Range(0, pair ?? Math.Min(Next, end)));
    }
}
