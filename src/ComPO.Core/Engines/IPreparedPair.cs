using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;

namespace ComPO.Core.Engines;

/// <summary>A pair against one state of the head. Members may be called from several threads at once.</summary>
public interface IPreparedPair : IDisposable
{
    /// <summary>The pair's hidden states and targets.</summary>
    PairFeatures Features { get; }

    /// <summary>The log-probabilities under the unperturbed head.</summary>
    PairLogProbabilities Before { get; }

    /// <summary>H·Wᵀ before soft-capping, [n, V] float32, one row a distinct hidden state.</summary>
    ReadOnlyMemory<float> BaseLogits { get; }

    /// <summary>
    /// Asks the oracle about consecutive perturbations. An outcome depends on its perturbation alone: not
    /// on the block it is asked in, nor on threads.
    /// </summary>
    /// <param name="noise">The key of this run and iteration.</param>
    /// <param name="radius">The factor of the noise added to each entry (in units of one standard deviation).</param>
    /// <param name="first">The first perturbation.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellation">Gives up between perturbations.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    OutcomeBits Probe(NoiseKey noise, double radius, int first, int count, CancellationToken cancellation);

    /// <summary>The log-probabilities under W + step·direction for each of the steps.</summary>
    /// <returns>One a step, in their order; nats.</returns>
    /// <exception cref="ArgumentException">The direction is of a head of another shape.</exception>
    PairLogProbabilities[] Evaluate(SparseUpdate direction, ReadOnlySpan<double> steps);
}
