using ComPO.Core.Noise;
using ComPO.Torch.Bodies;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ComPO.Torch.Training;

/// <summary>
/// Untrained weights, normal with standard deviation 0.02 (smaller by √(2·layers) where a block writes
/// to the residual stream, as GPT-2 does), norms 1, biases 0. Drawn from the project's own noise, so that the
/// same seed gives the same bits on every machine.
/// </summary>
internal static class InitialWeights
{
    private const float StandardDeviation = 0.02f;

    public static Dictionary<string, Parameter> Create(DecoderDescription description, uint seed)
    {
        var config = description.Config;
        IEnumerable<(string Name, long[] Shape)> head = config.TiesEmbeddings ? [] : [(Checkpoint.UntiedHeadName, [config.VocabularySize, config.HiddenSize])];
        var weights = new Dictionary<string, Parameter>();
        foreach (var (name, shape) in description.Parameters.Concat(head))
            weights.Add(name, Create(name, shape, config, seed, (uint)weights.Count));
        return weights;
    }

    private static Parameter Create(string name, long[] shape, ModelConfig config, uint seed, uint index)
    {
        if (name.EndsWith(".bias", StringComparison.Ordinal))
            return new Parameter(zeros(shape));
        if (shape.Length == 1)
            return new Parameter(ones(shape));
        var writesToStream = name.EndsWith(DecoderDescription.AttentionOutput + ".weight", StringComparison.Ordinal)
            || name.EndsWith(DecoderDescription.Down + ".weight", StringComparison.Ordinal);
        return Draw(shape, writesToStream ? StandardDeviation / MathF.Sqrt(2 * config.LayerCount) : StandardDeviation, seed, index);
    }

    private static Parameter Draw(long[] shape, float deviation, uint seed, uint index)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        PerturbationNoise.Fill(new NoiseKey(seed, 0), index, 0, values);
        using var drawn = tensor(values, shape);
        return new Parameter(drawn * deviation);
    }
}
