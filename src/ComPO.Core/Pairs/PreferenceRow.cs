namespace ComPO.Core.Pairs;

/// <summary>One row of a preference data file as it was published.</summary>
/// <param name="Row">0-based.</param>
public abstract record PreferenceRow(int Row);

/// <summary>A row of text, split into prompt and answers.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Prompt">What both answers follow.</param>
/// <param name="Chosen">The answer that was preferred.</param>
/// <param name="Rejected">The other one.</param>
public sealed record TextRow(int Row, string Prompt, string Chosen, string Rejected) : PreferenceRow(Row);

/// <summary>A row of conversations, split into the turns of the prompt and those of the answers.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Where">The file and row, for messages.</param>
/// <param name="Prompt">The turns that both answers follow.</param>
/// <param name="Chosen">The answer that was preferred.</param>
/// <param name="Rejected">The other one.</param>
public sealed record ConversationRow(int Row, string Where, Turn[] Prompt, Turn[] Chosen, Turn[] Rejected) : PreferenceRow(Row);

/// <summary>A row of token ids under TRL's names, taken as they are.</summary>
/// <param name="Pair">The ids.</param>
public sealed record TokenRow(TokenizedPair Pair) : PreferenceRow(Pair.Row);

/// <summary>A row that is understood and cannot be used.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedRow(int Row, SkipReason Reason) : PreferenceRow(Row);
