using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;

namespace ComPO.Torch.Heads.Tensors;

/// <summary>A pair against one state of the head, on the device of a <see cref="TensorHeadEngine"/>.</summary>
internal sealed class TensorPreparedPair(
    ComputeLanes device, ComputeLanes host, PairFeatures features, TensorBase @base, TensorPerturbedPair perturbed, double? cap) : IPreparedPair
{
    public PairFeatures Features => features;

    public PairLogProbabilities Before => @base.LogProbabilities;

    public ReadOnlyMemory<float> BaseLogits => @base.Logits;

    public OutcomeBits Probe(NoiseKey noise, double radius, int first, int count, CancellationToken cancellation)
    {
        double[] changes = [];
        device.Run(count > 0 ? 1 : 0, (_, _) => changes = perturbed.Changes(noise, (uint)first, count, (float)radius, cancellation), cancellation);
        var outcomes = new OutcomeBits(count);
        for (var i = 0; i < count; i++)
            outcomes[i] = changes[2 * i] > 0 && changes[2 * i + 1] < 0;
        return outcomes;
    }

    public PairLogProbabilities[] Evaluate(SparseUpdate direction, ReadOnlySpan<double> steps) =>
        new SteppedPair(features, @base.Logits, cap).Evaluate(host, direction, steps.ToArray());

    public void Dispose()
    {
        perturbed.Dispose();
        @base.Dispose();
    }
}
