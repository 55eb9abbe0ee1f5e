using ComPO.Core.Oracle;
using ComPO.Core.Pairs;

namespace ComPO.Core.Selection;

/// <summary>A model that says how likely the answers of a pair are.</summary>
public interface IPairScorer
{
    /// <summary>The log-probabilities of the pair's answers given its prompt, summed over their tokens, in nats.</summary>
    PairLogProbabilities Score(TokenizedPair pair);
}
