using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;

namespace ComPO.Torch.Bodies;

/// <summary>
/// What <see cref="Decoder"/> needs to know about a model besides its numbers: the parameters it has and what they are called.
/// A family of models is a way to fill in this description, not a forward pass of its own.
/// </summary>
public sealed class DecoderDescription
{
    private DecoderDescription(ModelConfig config)
    {
        Config = config;
        Parameters = [.. BodyParameters(config)];
    }

    /// <summary>Sizes and constants.</summary>
    public ModelConfig Config { get; }

    /// <summary>Name and shape of every parameter of the body, in the order of the computation. The head is among them only where it is tied.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Parameters { get; }

    /// <summary>Describes the model that a configuration is about.</summary>
    public static DecoderDescription Of(ModelConfig config) => new(config);

    /// <summary>The name of a parameter of one block: <c>model.layers.3.mlp.up_proj.weight</c>.</summary>
    internal static string InBlock(int block, string part) => $"model.layers.{block}.{part}";

    internal const string FinalNorm = "model.norm.weight";
    internal const string AttentionNorm = "input_layernorm.weight";
    internal const string FeedForwardNorm = "post_attention_layernorm.weight";
    internal const string Query = "self_attn.q_proj", Key = "self_attn.k_proj", Value = "self_attn.v_proj", AttentionOutput = "self_attn.o_proj";
    internal const string Gate = "mlp.gate_proj", Up = "mlp.up_proj", Down = "mlp.down_proj";

    private static IEnumerable<(string, long[])> BodyParameters(ModelConfig config)
    {
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.HeadCount * config.HeadSize, keys = (long)config.KeyValueHeadCount * config.HeadSize;
        yield return (Checkpoint.EmbeddingName, [config.VocabularySize, hidden]);
        for (var block = 0; block < config.LayerCount; block++)
        {
            yield return (InBlock(block, AttentionNorm), [hidden]);
            foreach (var (part, rows, columns) in ((string, long, long)[])[(Query, queries, hidden), (Key, keys, hidden), (Value, keys, hidden), (AttentionOutput, hidden, queries)])
            {
                yield return (InBlock(block, $"{part}.weight"), [rows, columns]);
                if (config.AttentionBias) yield return (InBlock(block, $"{part}.bias"), [rows]);
            }
            yield return (InBlock(block, FeedForwardNorm), [hidden]);
            foreach (var (part, rows, columns) in ((string, long, long)[])[(Gate, inner, hidden), (Up, inner, hidden), (Down, hidden, inner)])
            {
                yield return (InBlock(block, $"{part}.weight"), [rows, columns]);
                if (config.FeedForwardBias) yield return (InBlock(block, $"{part}.bias"), [rows]);
            }
        }
        yield return (FinalNorm, [hidden]);
    }
}
