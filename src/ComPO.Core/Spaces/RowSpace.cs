using System.Buffers;
using ComPO.Core.Features;
using ComPO.Core.Numerics;

namespace ComPO.Core.Spaces;

/// <summary>The row space of a pair's hidden states, spanned by the orthonormal basis Qᵀ [k, d].</summary>
public sealed class RowSpace : PerturbationSpace
{
    private readonly float[] _basis;
    private readonly BasisPanels _panels;

    internal RowSpace(PairFeatures features, float[] basis)
        : base(features.HiddenSize, features.BasisSize, ComputeCoordinates(features, basis)) =>
        (_basis, _panels) = (basis, new BasisPanels(basis, features.HiddenSize));

    /// <inheritdoc/>
    public override void Lift(ReadOnlySpan<int> sums, Span<float> lifted)
    {
        var buffer = ArrayPool<float>.Shared.Rent(sums.Length);
        var rows = buffer.AsSpan(0, sums.Length);
        for (var i = 0; i < rows.Length; i++)
            rows[i] = sums[i];
        _panels.Multiply(rows, lifted);
        ArrayPool<float>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    public override void Lift(ReadOnlySpan<double> rows, Span<float> lifted)
    {
        var sum = new double[HiddenSize];
        for (var row = 0; row < rows.Length / Dimension; row++)
        {
            Array.Clear(sum);
            for (var c = 0; c < Dimension; c++)
                FixedOrder.AddScaled(sum, rows[row * Dimension + c], Direction(c));
            for (var j = 0; j < HiddenSize; j++)
                lifted[row * HiddenSize + j] = (float)sum[j];
        }
    }

    private ReadOnlySpan<float> Direction(int c) => _basis.AsSpan(c * HiddenSize, HiddenSize);

    // Row t of H lies in the span of the first t + 1 directions, so S is lower triangular. What float32
    // rounding of Q would leave above the diagonal is smaller than float32 resolves of the row: it is zero here.
    private static float[] ComputeCoordinates(PairFeatures features, float[] basis)
    {
        var (d, k) = (features.HiddenSize, features.BasisSize);
        var coordinates = new float[features.DistinctRows * k];
        for (var t = 0; t < features.DistinctRows; t++)
            for (var c = 0; c <= t; c++)
                coordinates[t * k + c] = (float)FixedOrder.Dot(features.Row(t), basis.AsSpan(c * d, d));
        return coordinates;
    }
}
