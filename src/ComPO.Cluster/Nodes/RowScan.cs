using ComPO.Core.Digests;
using ComPO.Core.Pairs;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>Rows of the data that are being looked at, one at a time, so that other work can come between. Used on the model's thread alone.</summary>
/// <param name="request">Which rows.</param>
/// <param name="finder">Judges them.</param>
/// <param name="origin">What this node judges them by.</param>
/// <param name="makeFeatures">Computes and keeps the features of a pair that is found.</param>
internal sealed class RowScan(ScanRows request, PairFinder finder, Digest origin, Func<TokenizedPair, FoundPair> makeFeatures)
{
    private readonly int _most = Math.Min(request.RowCount, Limits.ScannedRows);
    private readonly List<byte> _verdicts = [];
    private FoundPair? _pair;
    private bool _isEnd;

    /// <summary>Whether there is nothing more to look at.</summary>
    public bool IsDone => _isEnd || _pair is not null || _verdicts.Count >= _most || request.Origin is { } wanted && wanted != origin;

    /// <summary>What was found so far.</summary>
    public RowsScanned Reply => new(request.Request, origin, [.. _verdicts], _isEnd, _pair);

    /// <summary>Looks at the next row.</summary>
    /// <exception cref="Core.Errors.ComPOException">The row cannot be read.</exception>
    public void Step()
    {
        if (finder.Judge(request.FirstRow + _verdicts.Count) is not var (verdict, pair))
        {
            _isEnd = true;
            return;
        }
        if (verdict.IsNoisy)
            _pair = makeFeatures(pair!);
        _verdicts.Add(verdict.Code);
    }
}
