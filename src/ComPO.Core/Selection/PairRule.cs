using System.Text.Json.Serialization;

namespace ComPO.Core.Selection;

/// <summary>Which pairs are noisy, and so trained on.</summary>
public enum PairRule
{
    /// <summary>|logp⁺ − logp⁻| ≤ δ under the reference model (ComPO, Eq. 3).</summary>
    Reference,

    /// <summary>0 &lt; logp⁺ − logp⁻ &lt; δ under the current model, of what TRL's trainer feeds it, as the authors' code has it (<see cref="TrainerWindow"/>).</summary>
    [JsonStringEnumMemberName("seed-compatible")]
    SeedCompatible,
}
