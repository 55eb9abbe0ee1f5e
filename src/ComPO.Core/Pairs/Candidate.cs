namespace ComPO.Core.Pairs;

/// <summary>One row: a pair, or the reason why it is none.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Pair">The tokenized pair, or null.</param>
/// <param name="Skipped">Why it was skipped, or null.</param>
public sealed record Candidate(int Row, TokenizedPair? Pair, SkipReason? Skipped)
{
    /// <summary>How many tokens the pair has lost to the limits of length.</summary>
    public CutTokens Cut { get; init; }

    /// <summary>The texts that became the pair's tokens, as the chat template writes them and before anything was cut; null where the row is token ids.</summary>
    public TextRow? Text { get; init; }
}

/// <summary>How many tokens were cut off a pair.</summary>
/// <param name="Prompt">From the prompt's beginning.</param>
/// <param name="Chosen">From the chosen answer's end.</param>
/// <param name="Rejected">From the rejected answer's end.</param>
public readonly record struct CutTokens(int Prompt, int Chosen, int Rejected);
