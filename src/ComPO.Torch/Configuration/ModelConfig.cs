using ComPO.Core.Digests;
using TorchSharp;

namespace ComPO.Torch.Configuration;

/// <summary>What a model folder's <c>config.json</c> says about a decoder, checked and with the family's defaults filled in.</summary>
public sealed record ModelConfig
{
    /// <summary>What it has in common with others of its architecture.</summary>
    public required DecoderFamily Family { get; init; }

    /// <summary>The digest of the text it was read from.</summary>
    public Digest Digest { get; init; }

    /// <summary>The architecture's name, for instance <c>LlamaForCausalLM</c>.</summary>
    public string Architecture => Family.Architecture;

    /// <summary>V: rows of the embedding and of the head.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>d: the width of the hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The width between the two projections of the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The number of decoder blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>The number of query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>The number of key and value heads; each serves <see cref="HeadCount"/> / <see cref="KeyValueHeadCount"/> query heads.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>The width of one head; even. Need not be <see cref="HiddenSize"/> / <see cref="HeadCount"/>.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Added to the mean square before its root is taken in a norm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>The base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>How the rotary frequencies are stretched to longer contexts, or null.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>The longest sequence the model was made for, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>For each block the number of positions a query sees, its own included, or null for all before it; empty when no block has a window.</summary>
    public IReadOnlyList<int?> Windows { get; init; } = [];

    /// <summary>What attention scores are divided by the root of; the head size when null.</summary>
    public double? QueryScalar { get; init; }

    /// <summary>c of a soft-capping of the attention scores, c·tanh(x/c), or null.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>Whether the projections to queries, keys and values have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the projection behind the attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the three projections of the feed-forward part have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether the head is the embedding itself.</summary>
    public bool TiesEmbeddings { get; init; }

    /// <summary>c of a final soft-capping of the logits, c·tanh(x/c), or null.</summary>
    public double? FinalLogitSoftCap { get; init; }

    /// <summary>The type the weights are meant to be used in, where the file says so.</summary>
    public torch.ScalarType? Dtype { get; init; }

    /// <summary>The token that begins a sequence, where the file says so.</summary>
    public int? BosId { get; init; }

    /// <summary>The token that ends a sequence, where the file says so; the first one where it names several.</summary>
    public int? EosId { get; init; }

    /// <summary>The window of one block, or null when it sees every position before it.</summary>
    internal int? WindowOf(int block) => Windows.Count == 0 ? null : Windows[block];
}
