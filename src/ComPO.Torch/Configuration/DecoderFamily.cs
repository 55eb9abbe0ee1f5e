namespace ComPO.Torch.Configuration;

/// <summary>
/// What the models of one architecture have in common and their configuration files therefore leave unsaid. A family is
/// this description and nothing else: one decoder computes them all.
/// </summary>
public sealed record DecoderFamily
{
    private DecoderFamily(string architecture) => Architecture = architecture;

    /// <summary>Llama, Llama 2, 3, 3.1, 3.2 and what shares their architecture.</summary>
    public static DecoderFamily Llama { get; } = new("LlamaForCausalLM")
    {
        Biases = BiasRule.Optional,
        OptionalFeedForwardBias = true,
    };

    /// <summary>Mistral 7B and its kin: Llama with an optional sliding window.</summary>
    public static DecoderFamily Mistral { get; } = new("MistralForCausalLM") { Windows = WindowRule.AllBlocks };

    /// <summary>Gemma 2.</summary>
    public static DecoderFamily Gemma2 { get; } = new("Gemma2ForCausalLM")
    {
        Activation = Activation.GeluTanh,
        ActivationKey = "hidden_activation",
        Biases = BiasRule.Optional,
        Windows = WindowRule.EvenBlocks,
        ScalesEmbedding = true,
        NormsAddOne = true,
        PostNorms = true,
        SoftCaps = true,
        TiesEmbeddings = true,
        HeadSize = 256,
    };

    /// <summary>Qwen2 and Qwen2.5.</summary>
    public static DecoderFamily Qwen2 { get; } = new("Qwen2ForCausalLM") { Biases = BiasRule.QueryKeyValue, Windows = WindowRule.LastBlocks };

    /// <summary>Qwen3, dense.</summary>
    public static DecoderFamily Qwen3 { get; } = new("Qwen3ForCausalLM")
    {
        Biases = BiasRule.Optional,
        Windows = WindowRule.LastBlocks,
        QueryKeyNorms = true,
        HeadSize = 128,
    };

    /// <summary>Every family that this version computes.</summary>
    public static IReadOnlyList<DecoderFamily> All { get; } = [Llama, Mistral, Gemma2, Qwen2, Qwen3];

    /// <summary>The name under <c>architectures</c>, for instance <c>LlamaForCausalLM</c>.</summary>
    public string Architecture { get; }

    /// <summary>The function applied to the gate of the feed-forward part.</summary>
    public Activation Activation { get; private init; }

    /// <summary>Whether the embedding is multiplied by √d, rounded to the type of the computation.</summary>
    public bool ScalesEmbedding { get; private init; }

    /// <summary>Whether a norm multiplies by 1 + w, in the wider type, instead of w.</summary>
    public bool NormsAddOne { get; private init; }

    /// <summary>Whether attention and feed-forward part have a norm behind them, too.</summary>
    public bool PostNorms { get; private init; }

    /// <summary>Whether the queries and keys of each head are normed before they are turned.</summary>
    public bool QueryKeyNorms { get; private init; }

    /// <summary>The key of the activation in the configuration file.</summary>
    internal string ActivationKey { get; private init; } = "hidden_act";

    internal BiasRule Biases { get; private init; }

    internal WindowRule Windows { get; private init; }

    /// <summary>Whether <c>mlp_bias</c> is an option.</summary>
    internal bool OptionalFeedForwardBias { get; private init; }

    /// <summary>Whether attention scores and final logits can have soft caps, and the scores a scale of their own.</summary>
    internal bool SoftCaps { get; private init; }

    /// <summary>Whether the head is the embedding where the file does not say.</summary>
    internal bool TiesEmbeddings { get; private init; }

    /// <summary>The head size where the file does not say; the hidden size over the number of heads when null.</summary>
    internal int? HeadSize { get; private init; }
}

/// <summary>The function of a gated feed-forward part.</summary>
public enum Activation
{
    /// <summary>x·sigmoid(x).</summary>
    Silu,

    /// <summary>The Gaussian error linear unit in its approximation by tanh.</summary>
    GeluTanh,
}

/// <summary>Which projections of the attention have biases.</summary>
internal enum BiasRule
{
    None,

    /// <summary>All four if <c>attention_bias</c> says so.</summary>
    Optional,

    /// <summary>Those of queries, keys and values.</summary>
    QueryKeyValue,
}

/// <summary>Which blocks see only a sliding window, if there is one.</summary>
internal enum WindowRule
{
    None,
    AllBlocks,

    /// <summary>Blocks 0, 2, 4…, unless <c>layer_types</c> says otherwise.</summary>
    EvenBlocks,

    /// <summary>Those from <c>max_window_layers</c> on, if <c>use_sliding_window</c> is set, unless <c>layer_types</c> says otherwise.</summary>
    LastBlocks,
}
