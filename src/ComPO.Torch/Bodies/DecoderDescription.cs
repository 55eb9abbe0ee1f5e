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
    internal const string QueryNorm = "self_attn.q_norm.weight", KeyNorm = "self_attn.k_norm.weight";
    internal const string Query = "self_attn.q_proj", Key = "self_attn.k_proj", Value = "self_attn.v_proj", AttentionOutput = "self_attn.o_proj";
    internal const string Gate = "mlp.gate_proj", Up = "mlp.up_proj", Down = "mlp.down_proj";

    /// <summary>The norm behind the attention, in families with post norms. Elsewhere the name belongs to the norm before the feed-forward part.</summary>
    internal const string AttentionPostNorm = "post_attention_layernorm.weight";
    internal const string FeedForwardPostNorm = "post_feedforward_layernorm.weight";

    /// <summary>The norm before the feed-forward part.</summary>
    internal static string FeedForwardNorm(DecoderFamily family) =>
        family.PostNorms ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight";

    private static IEnumerable<(string, long[])> BodyParameters(ModelConfig config)
    {
        yield return (Checkpoint.EmbeddingName, [config.VocabularySize, config.HiddenSize]);
        for (var block = 0; block < config.LayerCount; block++)
            foreach (var (part, shape) in BlockParameters(config))
                yield return (InBlock(block, part), shape);
        yield return (FinalNorm, [config.HiddenSize]);
    }

    private static IEnumerable<(string, long[])> BlockParameters(ModelConfig config)
    {
        var family = config.Family;
        long hidden = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.HeadCount * config.HeadSize, keys = (long)config.KeyValueHeadCount * config.HeadSize;
        return
        [
            (AttentionNorm, [hidden]),
            .. Projection(Query, queries, hidden, config.QueryKeyValueBias),
            .. Projection(Key, keys, hidden, config.QueryKeyValueBias),
            .. Projection(Value, keys, hidden, config.QueryKeyValueBias),
            .. NormsIf(family.QueryKeyNorms, config.HeadSize, QueryNorm, KeyNorm),
            .. Projection(AttentionOutput, hidden, queries, config.AttentionOutputBias),
            .. NormsIf(family.PostNorms, hidden, AttentionPostNorm),
            (FeedForwardNorm(family), [hidden]),
            .. Projection(Gate, inner, hidden, config.FeedForwardBias),
            .. Projection(Up, inner, hidden, config.FeedForwardBias),
            .. Projection(Down, hidden, inner, config.FeedForwardBias),
            .. NormsIf(family.PostNorms, hidden, FeedForwardPostNorm),
        ];
    }

    private static (string, long[])[] Projection(string part, long rows, long columns, bool hasBias) => hasBias
        ? [($"{part}.weight", [rows, columns]), ($"{part}.bias", [rows])]
        : [($"{part}.weight", [rows, columns])];

    private static IEnumerable<(string, long[])> NormsIf(bool present, long width, params string[] names) =>
        present ? names.Select(name => (name, (long[])[width])) : [];
}
