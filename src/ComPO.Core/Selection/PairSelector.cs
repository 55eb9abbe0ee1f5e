using ComPO.Core.Engines;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;

namespace ComPO.Core.Selection;

/// <summary>
/// Finds the next noisy pair, in data-set order. Pairs may recur: a search wraps around once. What it remembers does not grow with the file.
/// </summary>
/// <param name="candidates">The rows of the data file.</param>
/// <param name="score">A pair's log-probabilities under the model that the rule asks about.</param>
/// <param name="rule">What is noisy.</param>
public sealed class PairSelector(IPairCandidates candidates, Func<TokenizedPair, PairLogProbabilities> score, NoisyPairRule rule)
{
    // Rows beyond so many are scored again when a search comes to them again.
    private const int MostKnown = 1 << 16;

    private readonly Dictionary<int, bool> _isNoisy = [];
    private readonly Dictionary<SkipReason, int> _skipped = [];
    private readonly List<(int Row, SkipReason Reason)> _lastSkipped = [];
    private readonly Dictionary<SkipReason, int> _lastListed = [];
    private readonly RowRanges _rows = new();

    /// <summary>Rows that were looked at so far and are no pairs, each counted once, by reason.</summary>
    public IReadOnlyDictionary<SkipReason, int> Skipped => _skipped;

    /// <summary>Rows that the last search left out, in the order of the search: the first <see cref="SkippedRowTally.MostListed"/> of each reason.</summary>
    public IReadOnlyList<(int Row, SkipReason Reason)> LastSkipped => _lastSkipped;

    /// <summary>How many rows were looked at so far, each counted once.</summary>
    public int RowsScanned => _rows.Count;

    /// <summary>The first noisy pair from a row on, going on at the file's beginning; null when there is none in all of the file.</summary>
    /// <param name="firstRow">0-based; a row beyond the end begins at the beginning.</param>
    /// <param name="cancellation">Gives up between rows.</param>
    public TokenizedPair? FindNext(int firstRow, CancellationToken cancellation)
    {
        _lastSkipped.Clear();
        _lastListed.Clear();
        return Find(candidates.From(firstRow), cancellation)
            ?? Find(candidates.From(0).TakeWhile(candidate => candidate.Row < firstRow), cancellation);
    }

    /// <summary>What one row is. It counts neither as looked at nor as skipped: no search has come to it.</summary>
    public RowVerdict Judge(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return candidate.Pair is not { } pair
            ? RowVerdict.SkippedFor(candidate.Skipped!.Value)
            : IsNoisy(pair) ? RowVerdict.Noisy : RowVerdict.Clean;
    }

    private TokenizedPair? Find(IEnumerable<Candidate> rows, CancellationToken cancellation)
    {
        foreach (var candidate in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            var isNew = _rows.Add(candidate.Row);
            if (candidate.Pair is not { } pair)
            {
                Skip(candidate.Row, candidate.Skipped!.Value, isNew);
            }
            else if (IsNoisy(pair))
            {
                return pair;
            }
        }
        return null;
    }

    private void Skip(int row, SkipReason reason, bool isNew)
    {
        if (isNew)
            _skipped[reason] = _skipped.GetValueOrDefault(reason) + 1;
        if ((_lastListed[reason] = _lastListed.GetValueOrDefault(reason) + 1) <= SkippedRowTally.MostListed)
            _lastSkipped.Add((row, reason));
    }

    private bool IsNoisy(TokenizedPair pair)
    {
        if (_isNoisy.TryGetValue(pair.Row, out var known))
            return known;
        var isNoisy = rule.IsNoisy(score(rule.Scored(pair)));
        // The reference model does not change, so neither does what it says of a row; the current one does.
        if (rule.Kind == PairRule.Reference && _isNoisy.Count < MostKnown)
            _isNoisy.Add(pair.Row, isNoisy);
        return isNoisy;
    }
}
