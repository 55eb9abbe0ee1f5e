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
    private readonly IPairCandidates _candidates;
    private readonly PairSelector _selector;

    public PairFinder(INodeModel model, RunSettings settings, PathRules paths)
    {
        _candidates = model.OpenPairs(paths.Resolve("--data", settings.Data), settings.ToPairOptions());
        _selector = new PairSelector(
            _candidates,
            settings.PairRule == PairRule.Reference ? model.ScoreReference : model.ScoreCurrent,
            new NoisyPairRule(settings.PairRule, settings.NoiseThreshold));
    }

    /// <summary>Rows skipped so far, each counted once, by reason.</summary>
    public SkippedRows[] Skipped => [.. _selector.Skipped.OrderBy(skipped => skipped.Key).Select(skipped => new SkippedRows(NameOf(skipped.Key), skipped.Value))];

    /// <summary>Rows looked at so far, each counted once.</summary>
    public int RowsScanned => _selector.RowsScanned;

    /// <inheritdoc/>
    public void Dispose() => _candidates.Dispose();

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

    private static string NameOf(SkipReason reason) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(reason.ToString());
}
