using ComPO.Core.Digests;
using ComPO.Core.Selection;
using ComPO.Protocol;

namespace ComPO.Cluster.Selecting;

/// <summary>
/// The search for a run's pairs by the reference rule: what is known of the rows, and who looks at which. Hands out rows in the order in which the run
/// comes to them, some ahead of it; which pair is next follows from the verdicts alone, whatever order they come in, whoever found them. No actor, no
/// clock: pure bookkeeping.
/// </summary>
internal sealed class SearchBoard
{
    // In chunks of all nodes: a node that is done with so many, while another is still at the first, does those too.
    private const int ChunksAhead = 4;

    private readonly PairOrder _order;
    private readonly SortedDictionary<string, ScanErrand> _errands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _rowsAtOnce = new(StringComparer.Ordinal);
    private readonly Dictionary<int, FoundPair> _found = [];
    // To whom rows are something else, and who has failed in this search.
    private readonly HashSet<string> _strangers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private Digest? _origin;
    private SearchAim _aim;
    private long _lastNumber;

    public SearchBoard() => _order = new PairOrder(Rows);

    /// <summary>What is known of the rows.</summary>
    public ScannedRows Rows { get; } = new();

    /// <summary>What nodes have been asked and not yet answered.</summary>
    public IReadOnlyCollection<ScanErrand> Errands => _errands.Values;

    /// <summary>The first pair from the row on at which the search began; null while it is not known.</summary>
    public (int Row, FoundPair Pair)? Found => _order.Pairs.Count > 0 ? (_order.Pairs[0], _found[_order.Pairs[0]]) : null;

    /// <summary>Whether the search has gone all around and found nothing.</summary>
    public bool IsExhausted => _order is { Pairs.Count: 0, Stop: OrderStop.Exhausted };

    private bool IsAwaited => _aim.IsUrgent && Found is null;

    /// <summary>Says what the search is after.</summary>
    public void Aim(SearchAim aim)
    {
        if (aim.Pairs > 0 && aim.From != _aim.From)
            _failed.Clear();
        _aim = aim.Pairs > 0 ? aim : _aim with { Pairs = 0, IsUrgent = false };
        if (aim.Pairs > 0)
            _order.Begin(aim.From);
        _order.Advance(_aim.Pairs);
    }

    /// <summary>A node is gone: others do what it was asked.</summary>
    public void Lose(string node)
    {
        _errands.Remove(node);
        _rowsAtOnce.Remove(node);
        _strangers.Remove(node);
        _failed.Remove(node);
    }

    /// <summary>Takes an answer down; one that nobody waits for any more changes nothing.</summary>
    public void Take(string node, INodeReply reply)
    {
        if (!_errands.TryGetValue(node, out var errand) || errand.Number != reply.Request)
            return;
        _errands.Remove(node);
        if (reply is not RowsScanned scanned)
            _failed.Add(node);
        else if (scanned.Origin != (_origin ??= scanned.Origin))
            _strangers.Add(node);
        else if (!TryLearn(errand, scanned))
            _failed.Add(node);
        _order.Advance(_aim.Pairs);
    }

    /// <summary>Hands out what is to do.</summary>
    /// <param name="ready">Who may be asked, in the order of preference; the rows are what they are to the first.</param>
    /// <returns>What is to be asked now.</returns>
    public IReadOnlyList<ScanErrand> Deal(IReadOnlyList<string> ready)
    {
        var asked = new List<ScanErrand>();
        if (_aim.Pairs == 0)
            return asked;
        // Whoever looks at them already goes on with it, but now.
        if (IsAwaited)
        {
            foreach (var errand in _errands.Values.Where(errand => !errand.IsUrgent).ToList())
                asked.Add(Ask(errand.Node, errand.First, errand.Count));
        }
        if (_order.Stop != OrderStop.Unknown)
            return asked;
        var able = AbleOf(ready).ToList();
        var furthest = ChunksAhead * able.Sum(RowsAtOnce);
        foreach (var node in able.Where(node => !_errands.ContainsKey(node)))
        {
            if ((FreeRows(furthest, RowsAtOnce(node)) ?? AwaitedRows()) is var (first, count))
                asked.Add(Ask(node, first, count));
        }
        return asked;
    }

    /// <summary>Whether the run waits for what none of these can find: one of them has to search alone, and say what is wrong.</summary>
    /// <param name="ready">Who may be asked.</param>
    public bool IsBeyond(IReadOnlyList<string> ready) =>
        IsAwaited && !IsExhausted && _errands.Count == 0 && ready.Count > 0 && !AbleOf(ready).Any();

    // Before it is known what rows are judged by, the first has to say.
    private IEnumerable<string> AbleOf(IReadOnlyList<string> ready) =>
        ready.Take(_origin is null ? 1 : int.MaxValue).Where(node => !_strangers.Contains(node) && !_failed.Contains(node));

    private bool TryLearn(ScanErrand errand, RowsScanned scanned)
    {
        var count = scanned.Verdicts.Length;
        if (count > errand.Count || count == 0 && !scanned.IsEnd)
            return false;
        for (var i = 0; i < count; i++)
        {
            if (!RowVerdict.TryRead(scanned.Verdicts[i], out var verdict))
                return false;
            if (verdict.IsNoisy)
            {
                // It is the last one, and has its features.
                if (i < count - 1 || scanned.Pair is not { } pair)
                    return false;
                _found[errand.First + i] = pair;
            }
            Rows.Learn(errand.First + i, verdict);
        }
        if (scanned.IsEnd)
            Rows.EndAt(errand.First + count);
        else if (count == errand.Count)
            _rowsAtOnce[errand.Node] = Math.Min(2 * count, Limits.ScannedRows);
        // Nodes answer when they have been at it for a while.
        else if (scanned.Pair is null)
            _rowsAtOnce[errand.Node] = count;
        return true;
    }

    private int RowsAtOnce(string node) => _rowsAtOnce.GetValueOrDefault(node, 1);

    private ScanErrand Ask(string node, int first, int count) =>
        _errands[node] = new ScanErrand(++_lastNumber, node, first, count, IsAwaited, _origin);

    /// <summary>Rows that nobody has looked at or looks at, from where the order is known.</summary>
    private (int First, int Count)? FreeRows(int furthest, int most)
    {
        var row = _order.Cursor;
        for (var ahead = 0; ahead < Math.Min(furthest, Rows.End ?? int.MaxValue); ahead++, row++)
        {
            if (row >= Rows.End)
                row = 0;
            if (Rows[row] is not null)
                continue;
            if (_errands.Values.FirstOrDefault(errand => errand.Covers(row)) is not { } errand)
                return (row, CountFree(row, most));
            // Whoever looks at it looks at those behind it too.
            var last = Math.Min(errand.Last, (Rows.End ?? int.MaxValue) - 1);
            (ahead, row) = (ahead + last - row, last);
        }
        return null;
    }

    /// <summary>How many rows from a free one on are free.</summary>
    private int CountFree(int row, int most)
    {
        var end = _errands.Values.Select(errand => errand.First).Where(first => first > row).Append(Rows.End ?? int.MaxValue).Min();
        var count = 1;
        while (count < most && row + count < end && Rows[row + count] is null)
            count++;
        return count;
    }

    /// <summary>Rows that the run waits for and only one other node looks at; whoever is first is right.</summary>
    // From the first that is not known on: an answer ends behind a noisy pair, which may be one that the run has had.
    private (int First, int Count)? AwaitedRows() =>
        IsAwaited && _errands.Values.Where(errand => errand.Covers(_order.Cursor)).ToList() is [var only] ? (_order.Cursor, only.Last - _order.Cursor + 1) : null;
}
