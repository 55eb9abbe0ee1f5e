namespace ComPO.Core.Pairs;

/// <summary>Why a row of a preference data file is not trained on.</summary>
public enum SkipReason
{
    /// <summary>Chosen and rejected answer are the same.</summary>
    IdenticalPair,

    /// <summary>An answer has no tokens.</summary>
    EmptyCompletion,

    /// <summary>The prompt has no tokens, so nothing predicts an answer's first one.</summary>
    EmptyPrompt,

    /// <summary>Prompt and answer together are longer than allowed.</summary>
    TooLong,

    /// <summary>A tool is called, or answers, in the conversation.</summary>
    ToolTurn,
}
