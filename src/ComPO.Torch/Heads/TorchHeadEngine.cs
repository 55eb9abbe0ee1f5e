using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;

namespace ComPO.Torch.Heads;

/// <summary>
/// The production head engine on the CPU: base logits once per pair, then each probe as a product of
/// Philox noise with the pair's coordinates, slab by slab of the vocabulary, in float32 or bfloat16,
/// with float64 sums over the vocabulary. Computes on its own <c>threads</c> threads only, whoever calls it; results do not depend on
/// their number.
/// </summary>
public sealed class TorchHeadEngine : IHeadEngine
{
    private readonly ComputeLanes _lanes;

    /// <summary>Starts an engine.</summary>
    /// <param name="threads">Threads to compute on, at least 1.</param>
    /// <param name="precision">The type of a probe's products. bfloat16 works on every processor, and is fast on those that have it.</param>
    public TorchHeadEngine(int threads, HeadPrecision precision = HeadPrecision.Float32) =>
        (_lanes, Precision) = (new ComputeLanes(threads), precision);

    /// <summary>Whether this processor multiplies bfloat16 numbers itself.</summary>
    public static bool HasBFloat16 => CpuClass.HasBFloat16;

    /// <summary>Whether a run of this compute class had the log-probabilities that come out here: they are float32 and wider, whatever a probe's products are.</summary>
    public static bool GivesLogProbabilitiesOf(string computeClass) => computeClass == CpuClass.Of(HeadPrecision.Float32) || computeClass == CpuClass.Of(HeadPrecision.BFloat16);

    /// <summary>The type of a probe's products.</summary>
    public HeadPrecision Precision { get; }

    /// <summary>Threads the engine computes on.</summary>
    public int Threads => _lanes.Count;

    /// <inheritdoc/>
    public string ComputeClass => CpuClass.Of(Precision);

    /// <inheritdoc/>
    /// <exception cref="ModelException">The features are not of this head: another width, or a target outside its vocabulary.</exception>
    /// <exception cref="PreferenceDataException">The pair is too long for a vocabulary of this size.</exception>
    public IPreparedPair Prepare(HeadWeights head, double? finalLogitSoftCap, PairFeatures features)
    {
        HeadFit.Check(head, features);
        return new PreparedPair(_lanes, features, HeadLogits.Compute(_lanes, head, features), finalLogitSoftCap, Precision);
    }

    /// <inheritdoc/>
    public void AtRest(Action work) => _lanes.AtRest(work);

    /// <summary>Ends the engine's threads.</summary>
    public void Dispose() => _lanes.Dispose();
}
