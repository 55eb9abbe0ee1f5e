using ComPO.Core.Features;

namespace ComPO.Core.Oracle;

/// <summary>From logits to log-probabilities, plainly, in float64.</summary>
internal static class PairLikelihood
{
    /// <summary>Σ log softmax(cap(logits))[target] over the tokens of each answer.</summary>
    /// <param name="features">The pair.</param>
    /// <param name="logits">[n, V] before soft-capping; capped in place.</param>
    /// <param name="vocabularySize">V.</param>
    /// <param name="cap">c of c·tanh(x/c), or null.</param>
    public static PairLogProbabilities Of(PairFeatures features, Span<double> logits, int vocabularySize, double? cap)
    {
        var logNormalisers = new double[features.DistinctRows];
        for (var s = 0; s < logNormalisers.Length; s++)
            logNormalisers[s] = CapAndSum(logits.Slice(s * vocabularySize, vocabularySize), cap);

        var (chosen, rejected) = (0.0, 0.0);
        for (var t = 0; t < features.Targets.Length; t++)
        {
            var row = features.RowOfToken[t];
            var logProbability = logits[row * vocabularySize + features.Targets[t]] - logNormalisers[row];
            if (t < features.ChosenCount)
                chosen += logProbability;
            else
                rejected += logProbability;
        }
        return new PairLogProbabilities(chosen, rejected);
    }

    /// <summary>Refuses a pair with a token that the head has no row for.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    public static void RefuseTargetsOutside(PairFeatures features, int vocabularySize)
    {
        foreach (var target in features.Targets)
            if ((uint)target >= (uint)vocabularySize)
                throw new ArgumentException($"Token id {target} is outside a vocabulary of {vocabularySize}.", nameof(features));
    }

    private static double CapAndSum(Span<double> row, double? cap)
    {
        var largest = double.NegativeInfinity;
        foreach (ref var logit in row)
        {
            logit = LogitCap.Apply(logit, cap);
            largest = Math.Max(largest, logit);
        }
        var sum = 0.0;
        foreach (var logit in row)
            sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum);
    }
}
