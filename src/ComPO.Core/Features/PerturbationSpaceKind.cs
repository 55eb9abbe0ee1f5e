namespace ComPO.Core.Features;

/// <summary>Where perturbations are drawn.</summary>
public enum PerturbationSpaceKind
{
    /// <summary>In the row space of the pair's hidden states: [V, k]. Outcomes have the same law, the estimate less noise.</summary>
    Row,

    /// <summary>In all of the head: [V, d], as the paper does.</summary>
    Full,
}
