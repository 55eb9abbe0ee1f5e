namespace ComPO.Cluster.Selecting;

/// <summary>Why no further pair is known.</summary>
internal enum OrderStop
{
    /// <summary>Nothing keeps it: as many pairs are known as were wanted.</summary>
    None,

    /// <summary>The next row has not been looked at.</summary>
    Unknown,

    /// <summary>There is no noisy pair in all of the data.</summary>
    Exhausted,
}

/// <summary>
/// The order in which a run takes its pairs: noisy rows in the order of the data from a row on, each search going on at
/// the beginning behind the last row, and looking at each row at most once. Follows what is known of the rows as far as that goes.
/// </summary>
internal sealed class PairOrder(ScannedRows rows)
{
    private readonly List<int> _pairs = [];
    private int? _from;
    private int _steps;

    /// <summary>The next pairs, as far as they are known.</summary>
    public IReadOnlyList<int> Pairs => _pairs;

    /// <summary>Why there are no more.</summary>
    public OrderStop Stop { get; private set; } = OrderStop.Unknown;

    /// <summary>The row at which <see cref="Stop"/> came about.</summary>
    public int Cursor { get; private set; }

    /// <summary>Begins at a row; at the one behind the first pair, what is known of the pairs behind that stays.</summary>
    public void Begin(int from)
    {
        if (_from == from)
            return;
        if (_pairs.Count > 0 && from == _pairs[0] + 1)
            _pairs.RemoveAt(0);
        else
            Restart(from);
        _from = from;
    }

    /// <summary>Goes on until so many pairs are known, or something keeps it.</summary>
    public void Advance(int wanted)
    {
        while (_pairs.Count < wanted)
        {
            if (rows.End is { } end)
            {
                if (_steps >= end)
                {
                    Stop = OrderStop.Exhausted;
                    return;
                }
                if (Cursor >= end)
                    Cursor = 0;
            }
            if (rows[Cursor] is not { } verdict)
            {
                Stop = OrderStop.Unknown;
                return;
            }
            _steps++;
            if (verdict.IsNoisy)
            {
                _pairs.Add(Cursor);
                _steps = 0;
            }
            Cursor++;
        }
        Stop = OrderStop.None;
    }

    private void Restart(int from)
    {
        _pairs.Clear();
        (Cursor, _steps) = (from, 0);
    }
}
