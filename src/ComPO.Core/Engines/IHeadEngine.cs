using ComPO.Core.Aggregation;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;

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

    /// <summary>Adds the signed noise of an iteration to the sums of consecutive rows. Exact, and so the same on every engine.</summary>
    /// <param name="noise">The key of this run and iteration.</param>
    /// <param name="outcomes">What the oracle answered.</param>
    /// <param name="dimension">k: the columns of a perturbation.</param>
    /// <param name="firstRow">The first row of the head.</param>
    /// <param name="sums">[rows, k] in units of 2⁻¹² standard deviations; zero before the first call.</param>
    /// <param name="threads">How many threads of the host may share the rows.</param>
    void AddSignedNoise(NoiseKey noise, OutcomeBits outcomes, int dimension, int firstRow, Memory<int> sums, int threads) =>
        OutcomeTally.AddRows(noise, outcomes, dimension, firstRow, sums.Length / dimension, sums.Span, threads);

    /// <summary>
    /// Does something on the caller's thread that needs the processors of the host. An engine that computes on these stands still meanwhile, with whatever it
    /// has in hand, so that together they never take more threads than there are.
    /// </summary>
    void AtRest(Action work) => work();
}
