using System.Text.Json.Serialization;

namespace ComPO.Core.Oracle;

/// <summary>The log-probabilities a model gives the two answers of a pair, summed over their tokens, in nats.</summary>
/// <param name="Chosen">logp⁺.</param>
/// <param name="Rejected">logp⁻.</param>
public readonly record struct PairLogProbabilities(double Chosen, double Rejected)
{
    /// <summary>logp⁺ − logp⁻.</summary>
    [JsonIgnore]
    public double Margin => Chosen - Rejected;
}
