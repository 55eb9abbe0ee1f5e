using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>
/// Rows as one model sees them, by the rules of TRL's DPO trainer: prompt and answers are tokenized apart, the end-of-sequence token
/// is appended to the answers, also where a template ends with it already; the prompt keeps its last tokens and an answer its first.
/// Conversations are rendered by the model's chat template, or as plain text where it has none. Token ids are taken as they are.
/// </summary>
/// <param name="tokenizer">The model's; asked for when the first row of text is met, so that rows of token ids need none.</param>
/// <param name="maxLength">The longest prompt and answer together, in tokens; pairs that are longer after cutting are skipped.</param>
public sealed class PairTokenizer(Lazy<ITextTokenizer> tokenizer, int maxLength)
{
    /// <summary>The model's chat template, asked for when the first conversation is met; null in it for plain text.</summary>
    public Lazy<IChatTemplate?> ChatTemplate { get; init; } = new((IChatTemplate?)null);

    /// <summary>How many tokens of a prompt are kept, the last ones.</summary>
    public int MaxPromptLength { get; init; } = PairOptions.Default.MaxPromptLength;

    /// <summary>How many tokens of an answer are kept, the first ones.</summary>
    public int MaxCompletionLength { get; init; } = PairOptions.Default.MaxCompletionLength;

    /// <summary>One more than the largest id that the model has; rows of token ids are held against it.</summary>
    public int VocabularySize { get; init; } = int.MaxValue;

    /// <summary>The pair, or the reason why a row is none.</summary>
    /// <exception cref="ModelException">The row is text and the model has no tokenizer that can be used.</exception>
    /// <exception cref="PreferenceDataException">
    /// The row is a conversation in which the assistant does not answer, or that the chat template does not take; or it has an id beyond the vocabulary.
    /// </exception>
    public Candidate Tokenize(PreferenceRow row) => row switch
    {
        TextRow text => FromText(text),
        ConversationRow conversation => FromConversation(conversation),
        TokenRow tokens => FromIds(tokens),
        UnusableRow skipped => Skip(skipped.Row, skipped.Reason),
        _ => throw new NotSupportedException($"A row of type {row.GetType().Name} is not known."),
    };

    private Candidate FromIds(TokenRow row)
    {
        row.RequireIdsBelow(VocabularySize);
        return Judge(row.Pair);
    }

    private Candidate FromText(TextRow row)
    {
        if (row.Chosen == row.Rejected)
            return Skip(row.Row, SkipReason.IdenticalPair);
        if (string.IsNullOrWhiteSpace(row.Chosen) || string.IsNullOrWhiteSpace(row.Rejected))
            return Skip(row.Row, SkipReason.EmptyCompletion);
        return Cut(row);
    }

    // What a template adds to an answer does not make one of nothing, so the turns are looked at before they are rendered.
    private Candidate FromConversation(ConversationRow row)
    {
        row.RequireAnswers();
        if (row.Chosen.AsSpan().SequenceEqual(row.Rejected))
            return Skip(row.Row, SkipReason.IdenticalPair);
        if (row.Chosen.All(IsBlank) || row.Rejected.All(IsBlank))
            return Skip(row.Row, SkipReason.EmptyCompletion);
        if (ChatTemplate.Value is not { } template)
            return FromText(PlainConversation.Render(row));
        return row.Prompt.Length == 0 ? Skip(row.Row, SkipReason.EmptyPrompt) : Cut(RenderedConversation.Render(row, template));
    }

    private Candidate Cut(TextRow row)
    {
        var (prompt, chosen, rejected) = (tokenizer.Value.Encode(row.Prompt), Answer(row.Chosen), Answer(row.Rejected));
        var pair = new TokenizedPair(
            row.Row,
            prompt[^Math.Min(prompt.Length, MaxPromptLength)..],
            chosen[..Math.Min(chosen.Length, MaxCompletionLength)],
            rejected[..Math.Min(rejected.Length, MaxCompletionLength)]);
        return Judge(pair) with
        {
            Cut = new CutTokens(prompt.Length - pair.PromptIds.Length, chosen.Length - pair.ChosenIds.Length, rejected.Length - pair.RejectedIds.Length),
            Text = row,
        };
    }

    private static bool IsBlank(Turn turn) => string.IsNullOrWhiteSpace(turn.Content);

    private Candidate Judge(TokenizedPair pair)
    {
        if (pair.ChosenIds.AsSpan().SequenceEqual(pair.RejectedIds))
            return Skip(pair.Row, SkipReason.IdenticalPair);
        if (pair.ChosenIds.Length == 0 || pair.RejectedIds.Length == 0)
            return Skip(pair.Row, SkipReason.EmptyCompletion);
        // The first token of an answer needs something to follow.
        if (pair.PromptIds.Length == 0)
            return Skip(pair.Row, SkipReason.EmptyPrompt);
        if (pair.PromptIds.Length + Math.Max(pair.ChosenIds.Length, pair.RejectedIds.Length) > maxLength)
            return Skip(pair.Row, SkipReason.TooLong);
        return new Candidate(pair.Row, pair, null);
    }

    private int[] Answer(string text)
    {
        var ids = tokenizer.Value.Encode(text);
        return tokenizer.Value.EosId is { } eos ? [.. ids, eos] : ids;
    }

    private static Candidate Skip(int row, SkipReason reason) => new(row, null, reason);
}
