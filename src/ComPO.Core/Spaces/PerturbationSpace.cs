using ComPO.Core.Features;

namespace ComPO.Core.Spaces;

/// <summary>
/// Where perturbations of the head live, and how to come back. A probe sees a perturbation Z only through
/// H·Zᵀ; with Q an orthonormal basis of H's row space and S = H·Q, drawing E [V, k] there gives outcomes of
/// exactly the same law, and E·Qᵀ is the part of Z that could matter. In the full space Q is the identity.
/// </summary>
public abstract class PerturbationSpace
{
    private protected PerturbationSpace(int hiddenSize, int dimension, float[] coordinates) =>
        (HiddenSize, Dimension, Coordinates) = (hiddenSize, dimension, coordinates);

    /// <summary>d.</summary>
    public int HiddenSize { get; }

    /// <summary>k, the columns of a perturbation; d in the full space.</summary>
    public int Dimension { get; }

    /// <summary>S [n, k] float32: the distinct hidden states in this space's coordinates.</summary>
    public float[] Coordinates { get; }

    /// <summary>Takes rows of a sum of perturbations to rows of the head: sums·Qᵀ, in a fixed order of operations.</summary>
    /// <param name="sums">[rows, k], in units of 2⁻¹² standard deviations.</param>
    /// <param name="lifted">Receives [rows, d], in the same units.</param>
    public abstract void Lift(ReadOnlySpan<int> sums, Span<float> lifted);

    /// <summary>Takes real rows of a direction to rows of the head.</summary>
    /// <param name="rows">[rows, k].</param>
    /// <param name="lifted">Receives [rows, d].</param>
    public abstract void Lift(ReadOnlySpan<double> rows, Span<float> lifted);

    /// <summary>The space the features were made for.</summary>
    public static PerturbationSpace Of(PairFeatures features) =>
        features.Basis is { } basis ? new RowSpace(features, basis) : new FullSpace(features);
}
