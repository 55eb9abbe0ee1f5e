using ComPO.Core.Pairs;
using ComPO.Torch.ChatTemplates;

namespace ComPO.Torch.Pairs;

/// <summary>Makes pairs as the model of one folder sees them.</summary>
public static class ModelPairs
{
    /// <summary>What makes pairs of rows.</summary>
    /// <param name="folder">The model's folder, whose chat template is looked for when the first conversation is met.</param>
    /// <param name="tokenizer">The model's; asked for when the first row of text is met.</param>
    /// <param name="options">How conversations are rendered and where pairs are cut.</param>
    /// <param name="contextLength">The most tokens the model takes.</param>
    /// <param name="vocabularySize">One more than the largest id the model has.</param>
    public static PairTokenizer Tokenizer(string folder, Lazy<ITextTokenizer> tokenizer, PairOptions options, int contextLength, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new PairTokenizer(tokenizer, options.MaxLength ?? contextLength)
        {
            ChatTemplate = new Lazy<IChatTemplate?>(() => ChatTemplateLoader.Load(folder, options.ChatTemplate)),
            MaxPromptLength = options.MaxPromptLength,
            MaxCompletionLength = options.MaxCompletionLength,
            VocabularySize = vocabularySize,
        };
    }
}
