using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Torch.Native;
using TorchSharp;

namespace ComPO.Torch.Heads.Tensors;

/// <summary>
/// The head engine of one device that is no processor, such as <c>cuda:0</c>: the same noise bit for bit and the same judgements by tensor
/// operations. A thread of its own starts all work of the device; the line search is the host's. Works on <c>cpu</c> too, slowly, where it
/// is held against the others.
/// </summary>
public sealed class TensorHeadEngine : IHeadEngine
{
    private readonly ComputeLanes _lane;
    private readonly ComputeLanes _host;
    private readonly torch.Device _device;
    private readonly LaunchBudget _budget;
    private readonly int? _slabEntries;

    /// <summary>Starts an engine.</summary>
    /// <param name="device">The device as torch names it, <c>cuda:0</c> for instance; this engine has it to itself.</param>
    /// <param name="threads">Threads of the host to compute on, at least 1.</param>
    /// <param name="precision">The type of a probe's products.</param>
    public TensorHeadEngine(string device, int threads, HeadPrecision precision)
        : this(device, threads, precision, LaunchBudget.Default, null)
    {
    }

    internal TensorHeadEngine(string device, int threads, HeadPrecision precision, LaunchBudget budget, int? slabEntries)
    {
        Libtorch.EnsureLoaded();
        (_device, Precision, _budget, _slabEntries) = (new torch.Device(device), precision, budget, slabEntries);
        (_lane, _host) = (new ComputeLanes(1, threads), new ComputeLanes(threads));
    }

    /// <summary>The type of a probe's products.</summary>
    public HeadPrecision Precision { get; }

    /// <inheritdoc/>
    public string ComputeClass => DeviceClass.Of(_device, Precision);

    /// <inheritdoc/>
    /// <exception cref="Core.Errors.ModelException">The features are not of this head: another width, or a target outside its vocabulary.</exception>
    /// <exception cref="Core.Errors.PreferenceDataException">The pair is too long for a vocabulary of this size.</exception>
    public IPreparedPair Prepare(HeadWeights head, double? finalLogitSoftCap, PairFeatures features)
    {
        HeadFit.Check(head, features);
        IPreparedPair? prepared = null;
        _lane.Run(1, (_, _) =>
        {
            var distribution = TensorBase.Of(head, features, finalLogitSoftCap, _budget, _device);
            try
            {
                var perturbed = new TensorPerturbedPair(
                    features, distribution, head.Shape.VocabularySize, finalLogitSoftCap, Precision, _budget, _device, _slabEntries);
                prepared = new TensorPreparedPair(_lane, _host, features, distribution, perturbed, finalLogitSoftCap);
            }
            catch
            {
                // A device that has no room for the one has none to lose to the other.
                distribution.Dispose();
                throw;
            }
        });
        return prepared!;
    }

    /// <inheritdoc/>
    public void AddSignedNoise(NoiseKey noise, OutcomeBits outcomes, int dimension, int firstRow, Memory<int> sums, int threads) =>
        _lane.Run(1, (_, _) =>
        {
            using var units = new TensorNoise(_device, torch.ScalarType.Int32);
            TensorTally.Add(units, noise, outcomes, (long)firstRow * dimension, sums.Span, _budget, _device);
        });

    /// <summary>Ends the engine's threads.</summary>
    public void Dispose()
    {
        _lane.Dispose();
        _host.Dispose();
    }
}
