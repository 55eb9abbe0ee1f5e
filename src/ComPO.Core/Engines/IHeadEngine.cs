using ComPO.Core.Features;
using ComPO.Core.Heads;

namespace ComPO.Core.Engines;

/// <summary>
/// Computes with the head: the part of a trainer that answers the comparison oracle. Called from compute
/// threads only; calls may take long.
/// </summary>
public interface IHeadEngine : IDisposable
{
    /// <summary>
    /// The kind of arithmetic that answers: processor features, precision, library version. Near a tie
    /// outcomes may differ between classes, never within one.
    /// </summary>
    string ComputeClass { get; }

    /// <summary>Makes a pair ready for probing against the present head, which must not change until the pair is disposed.</summary>
    /// <param name="head">W, [V, d].</param>
    /// <param name="finalLogitSoftCap">c of c·tanh(x/c), or null.</param>
    /// <param name="features">The pair's hidden states and targets.</param>
    IPreparedPair Prepare(HeadWeights head, double? finalLogitSoftCap, PairFeatures features);
}
