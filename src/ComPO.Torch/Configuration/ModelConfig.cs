using TorchSharp;

namespace ComPO.Torch.Configuration;

/// <summary>What a model folder's <c>config.json</c> says about a decoder, checked and with the family's defaults filled in.</summary>
public sealed record ModelConfig
{
    /// <summary>The first of <c>architectures</c>, for instance <c>LlamaForCausalLM</c>.</summary>
    public required string Architecture { get; init; }

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
    public Llama3RopeScaling? RopeScaling { get; init; }

    /// <summary>The longest sequence the model was made for, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Whether the four projections of the attention have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the three projections of the feed-forward part have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether the head is the embedding itself.</summary>
    public bool TiesEmbeddings { get; init; }

    /// <summary>c of a final soft-capping of the logits, c·tanh(x/c), or null for a family without.</summary>
    public double? FinalLogitSoftCap { get; init; }

    /// <summary>The type the weights are meant to be used in, where the file says so.</summary>
    public torch.ScalarType? Dtype { get; init; }

    /// <summary>The token that begins a sequence, where the file says so.</summary>
    public int? BosId { get; init; }

    /// <summary>The token that ends a sequence, where the file says so; the first one where it names several.</summary>
    public int? EosId { get; init; }
}

/// <summary>
/// The <c>llama3</c> rule: long wavelengths are stretched by <paramref name="Factor"/>, short ones are left alone, those between are blended.
/// </summary>
/// <param name="Factor">By how much the longest wavelengths are stretched.</param>
/// <param name="LowFrequencyFactor">A wavelength longer than the original context over this is stretched whole.</param>
/// <param name="HighFrequencyFactor">A wavelength shorter than the original context over this is left alone.</param>
/// <param name="OriginalContextLength">The context, in tokens, for which the frequencies were first trained.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength);
