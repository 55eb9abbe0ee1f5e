namespace ComPO.Core.Pairs;

/// <summary>How rows of preference data become pairs of one model.</summary>
public sealed record PairOptions
{
    /// <summary>What a prompt keeps and an answer keeps by default: TRL's limit for prompts, and the paper's runs' for answers.</summary>
    public static PairOptions Default { get; } = new();

    /// <summary>The chat template to render conversations with; null for the model's own, <c>none</c> for plain text.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>How many tokens of a prompt are kept, the last ones.</summary>
    public int MaxPromptLength { get; init; } = 512;

    /// <summary>How many tokens of an answer are kept, the first ones.</summary>
    public int MaxCompletionLength { get; init; } = 1024;

    /// <summary>The longest prompt and answer together, in tokens, after they were cut; longer rows are skipped. Null takes the model's context.</summary>
    public int? MaxLength { get; init; }
}
