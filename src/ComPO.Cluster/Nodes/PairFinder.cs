using ComPO.Cluster.Configuration;
using ComPO.Cluster.Runs;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Core.Selection;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>Finds a run's noisy pairs in its data with its model.</summary>
internal sealed class PairFinder : IDisposable
{
    // Rows that lie so near are read on the way; others are reached by opening the file anew, which passes over rows without understanding them.
    private const int NearRows = 2 * Limits.ScannedRows;

    private readonly IPairCandidates _candidates;
    private readonly PairSelector _selector;
    private IEnumerator<Candidate>? _rows;
    private int _nextRow;

    public PairFinder(INodeModel model, RunSettings settings, PathRules paths)
    {
        _candidates = model.OpenPairs(paths.Resolve("--data", settings.Data), settings.ToPairOptions());
        _selector = new PairSelector(
            _candidates,
            settings.PairRule == PairRule.Reference ? model.ScoreReference : model.ScoreCurrent,
            new NoisyPairRule(settings.PairRule, settings.NoiseThreshold));
    }

    /// <summary>Rows skipped so far, each counted once, by reason.</summary>
    public SkippedCount[] Skipped => SkippedCounts.Describe(_selector.Skipped);

    /// <summary>The rows that the last search skipped, the first ones of each reason.</summary>
    public SkippedRow[] SkippedRows => SkippedRowList.Beyond([], _selector.LastSkipped.Select(skipped => new SkippedRow(skipped.Row, skipped.Reason)));

    /// <summary>Rows looked at so far, each counted once.</summary>
    public int RowsScanned => _selector.RowsScanned;

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseRows();
        _candidates.Dispose();
    }

    /// <summary>What a row is, and the pair if it is one; null behind the last one. Consecutive rows are read without opening the file again.</summary>
    /// <exception cref="ComPOException">The row cannot be read.</exception>
    public (RowVerdict Verdict, TokenizedPair? Pair)? Judge(int row)
    {
        if (ReadAt(row) is not { } candidate)
            return null;
        Instruments.RowsScanned.Add(1);
        return (_selector.Judge(candidate), candidate.Pair);
    }

    /// <summary>The next noisy pair from a row on; null when there is none in all of the data.</summary>
    public TokenizedPair? FindNext(int firstRow, CancellationToken cancellation)
    {
        var before = RowsScanned;
        var found = _selector.FindNext(firstRow, cancellation);
        Instruments.RowsScanned.Add(RowsScanned - before);
        return found;
    }

    /// <summary>The pair of a row that was found before.</summary>
    /// <exception cref="PreferenceDataException">The row holds no pair: the data has changed.</exception>
    public TokenizedPair Read(int row, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _candidates.From(row).FirstOrDefault() is { Row: var found, Pair: { } pair } && found == row
            ? pair
            : throw new PreferenceDataException($"Row {row} of the data holds no pair any more; a run needs its data unchanged.");
    }

    private Candidate? ReadAt(int row)
    {
        try
        {
            if (_rows is null || row < _nextRow || row - _nextRow > NearRows)
            {
                CloseRows();
                (_rows, _nextRow) = (_candidates.From(row).GetEnumerator(), row);
            }
            while (_rows.MoveNext())
            {
                if (_nextRow++ == row)
                    return _rows.Current;
            }
            CloseRows();
            return null;
        }
        catch
        {
            // What has thrown gives no more rows.
            CloseRows();
            throw;
        }
    }

    private void CloseRows()
    {
        _rows?.Dispose();
        _rows = null;
    }
}
