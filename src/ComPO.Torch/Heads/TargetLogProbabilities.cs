using ComPO.Core.Features;
using ComPO.Core.Oracle;

namespace ComPO.Torch.Heads;

/// <summary>
/// Collects the log-probability of each token of a pair, row by row in any order, and sums them in
/// token order.
/// </summary>
internal sealed class TargetLogProbabilities
{
    private readonly PairFeatures _features;
    private readonly int[][] _tokensOfRow;
    private readonly double[] _logProbabilities;

    public TargetLogProbabilities(PairFeatures features)
    {
        _features = features;
        _logProbabilities = new double[features.Targets.Length];
        _tokensOfRow = new int[features.DistinctRows][];
        foreach (var tokens in features.RowOfToken.Select((row, token) => (row, token)).GroupBy(of => of.row, of => of.token))
            _tokensOfRow[tokens.Key] = [.. tokens];
    }

    /// <summary>Takes the capped logits of one row and their log-sum-exp.</summary>
    public void Set(int row, ReadOnlySpan<double> logits, double logSumExp)
    {
        foreach (var token in _tokensOfRow[row])
            _logProbabilities[token] = logits[_features.Targets[token]] - logSumExp;
    }

    public PairLogProbabilities Sum()
    {
        double chosen = 0, rejected = 0;
        for (var token = 0; token < _features.ChosenCount; token++)
            chosen += _logProbabilities[token];
        for (var token = _features.ChosenCount; token < _logProbabilities.Length; token++)
            rejected += _logProbabilities[token];
        return new PairLogProbabilities(chosen, rejected);
    }
}
