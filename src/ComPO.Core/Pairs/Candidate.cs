namespace ComPO.Core.Pairs;

/// <summary>One row: a pair, or the reason why it is none.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Pair">The tokenized pair, or null.</param>
/// <param name="Skipped">Why it was skipped, or null.</param>
public sealed record Candidate(int Row, TokenizedPair? Pair, SkipReason? Skipped);
