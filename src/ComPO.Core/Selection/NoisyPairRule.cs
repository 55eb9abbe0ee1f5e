using ComPO.Core.Oracle;
using ComPO.Core.Pairs;

namespace ComPO.Core.Selection;

/// <summary>Tells noisy pairs, those whose answers a model finds about equally likely, from clean ones.</summary>
/// <param name="Kind">Whose rule.</param>
/// <param name="NoiseThreshold">δ, in nats.</param>
public sealed record NoisyPairRule(PairRule Kind, double NoiseThreshold)
{
    /// <summary>δ of the paper, in nats.</summary>
    public const double PaperThreshold = 3;

    /// <summary>Whether a pair is noisy: |margin| ≤ δ by the paper's rule, 0 &lt; margin &lt; δ by the authors' code.</summary>
    public bool IsNoisy(PairLogProbabilities scores) => Kind switch
    {
        PairRule.Reference => Math.Abs(scores.Margin) <= NoiseThreshold,
        PairRule.SeedCompatible => scores.Margin > 0 && scores.Margin < NoiseThreshold,
        _ => throw new NotSupportedException($"There is no rule {Kind}."),
    };

    /// <summary>
    /// What of a pair is scored to judge it: all of it by the paper's rule; by the authors' code, what TRL's trainer feeds its model. The pair
    /// that the oracle is asked about is whole by either.
    /// </summary>
    public TokenizedPair Scored(TokenizedPair pair) => Kind == PairRule.SeedCompatible ? TrainerWindow.LastTokens(pair) : pair;
}
