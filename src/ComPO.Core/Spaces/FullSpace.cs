using ComPO.Core.Features;

namespace ComPO.Core.Spaces;

/// <summary>All of the head: S = H, and lifting copies.</summary>
public sealed class FullSpace(PairFeatures features)
    : PerturbationSpace(features.HiddenSize, features.HiddenSize, features.HiddenStates)
{
    /// <inheritdoc/>
    public override void Lift(ReadOnlySpan<int> sums, Span<float> lifted)
    {
        for (var i = 0; i < sums.Length; i++)
            lifted[i] = sums[i];
    }

    /// <inheritdoc/>
    public override void Lift(ReadOnlySpan<double> rows, Span<float> lifted)
    {
        for (var i = 0; i < rows.Length; i++)
            lifted[i] = (float)rows[i];
    }
}
