using ComPO.Core.Features;
using ComPO.Core.Heads;

namespace ComPO.Core.Engines;

/// <summary>
/// The head engine in plain float64: the same noise, spaces and rule as the fast one, slowly and exactly. For tests and simulation.
/// </summary>
public sealed class ReferenceHeadEngine : IHeadEngine
{
    /// <inheritdoc/>
    public string ComputeClass => "reference-float64";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The features do not belong to such a head.</exception>
    public IPreparedPair Prepare(HeadWeights head, double? finalLogitSoftCap, PairFeatures features) =>
        new ReferencePreparedPair(head, finalLogitSoftCap, features);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
