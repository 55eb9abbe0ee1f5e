using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;

namespace ComPO.Core.Aggregation;

/// <summary>u = (Σ s_i E_i)·Qᵀ, from the exact integer sums. Q is orthonormal, so ‖u‖ is the norm of the sums.</summary>
public sealed class SampledEstimate : GradientEstimate
{
    private readonly PerturbationSpace _space;
    private readonly int[] _sums;

    /// <summary>An estimate, or a range of its rows.</summary>
    /// <param name="shape">The head's shape.</param>
    /// <param name="space">Where the perturbations were drawn.</param>
    /// <param name="firstRow">The first row of the sums.</param>
    /// <param name="sums">[rows, k] in units of 2⁻¹² standard deviations; not copied.</param>
    /// <param name="sumOfSquares">Of the sums of all rows of the head, those of other ranges included.</param>
    /// <exception cref="ArgumentException">The sums are not whole rows of that head.</exception>
    public SampledEstimate(HeadShape shape, PerturbationSpace space, int firstRow, int[] sums, UInt128 sumOfSquares)
        : base(shape, firstRow, WholeRows(sums, space))
    {
        (_space, _sums) = (space, sums);
        LiftedNorm = Math.Sqrt((double)sumOfSquares);
    }

    /// <inheritdoc/>
    public override double LiftedNorm { get; }

    /// <inheritdoc/>
    public override double Norm => LiftedNorm / NormalQuantileTable.UnitsPerSigma;

    /// <inheritdoc/>
    public override void LiftRows(int firstRow, int rowCount, Span<float> lifted)
    {
        RefuseRowsNotHeld(firstRow, rowCount);
        _space.Lift(_sums.AsSpan((firstRow - FirstRow) * _space.Dimension, rowCount * _space.Dimension), lifted);
    }

    private static int WholeRows(int[] sums, PerturbationSpace space) => sums.Length % space.Dimension == 0
        ? sums.Length / space.Dimension
        : throw new ArgumentException($"{sums.Length} sums are not whole rows of {space.Dimension}.", nameof(sums));
}
