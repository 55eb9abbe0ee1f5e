using ComPO.Torch.Configuration;
using ComPO.Torch.Training;

namespace ComPO.Node.Quickstart;

/// <summary>Everything that decides the quickstart's sample model and pairs.</summary>
internal sealed record SampleRecipe
{
    /// <summary>Decides the text, the pairs, the initial weights and the order of training.</summary>
    public uint Seed { get; init; } = 1;

    /// <summary>How many pairs to train with, and how many to hold out.</summary>
    public int Pairs { get; init; } = 40;

    /// <summary>Pieces of the tokenizer.</summary>
    public int VocabularySize { get; init; } = 512;

    /// <summary>Stories that the tokenizer is learnt from; the first of the training text.</summary>
    public int TokenizerStories { get; init; } = 2000;

    /// <summary>Optimizer steps of supervised training.</summary>
    public int Steps { get; init; } = 350;

    /// <summary>Stories in a step; none is seen twice.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Width of the hidden states.</summary>
    public int HiddenSize { get; init; } = 64;

    /// <summary>Decoder layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>The model's shape: Llama's architecture with a head of its own.</summary>
    /// <param name="vocabularySize">V, as many as the tokenizer has pieces.</param>
    public ModelConfig ModelShape(int vocabularySize) => new()
    {
        Family = DecoderFamily.Llama,
        VocabularySize = vocabularySize,
        HiddenSize = HiddenSize,
        IntermediateSize = HiddenSize * 8 / 3,
        LayerCount = Layers,
        HeadCount = 4,
        KeyValueHeadCount = 4,
        HeadSize = HiddenSize / 4,
        NormEpsilon = 1e-5,
        RopeTheta = 10_000,
        ContextLength = 128,
        BosId = SentencePieceVocabulary.BeginId,
        EosId = SentencePieceVocabulary.EndId,
    };

    /// <summary>How the model is trained.</summary>
    public TrainingSettings Training => new() { Seed = Seed, Steps = Steps, BatchSize = BatchSize };
}
