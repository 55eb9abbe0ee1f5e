using ComPO.Core.Engines;
using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>
/// Rows as one model sees them. Texts are tokenized as TRL does for plain text: prompt and answers apart,
/// the end-of-sequence token appended to the answers. Token ids are taken as they are.
/// </summary>
/// <param name="tokenizer">The model's; asked for when the first row of text is met, so that rows of token ids need none.</param>
/// <param name="maxLength">The longest prompt and answer together, in tokens.</param>
public sealed class PairTokenizer(Lazy<ITextTokenizer> tokenizer, int maxLength)
{
    /// <summary>The pair, or the reason why a row is none.</summary>
    /// <exception cref="ModelException">The row is text and the model has no tokenizer that can be used.</exception>
    public Candidate Tokenize(PreferenceRow row) => row switch
    {
        TextRow text => FromText(text),
        TokenRow tokens => Judge(tokens.Pair),
        _ => throw new NotSupportedException($"A row of type {row.GetType().Name} is not known."),
    };

    private Candidate FromText(TextRow row)
    {
        if (row.Chosen == row.Rejected)
            return Skip(row.Row, SkipReason.IdenticalPair);
        if (string.IsNullOrWhiteSpace(row.Chosen) || string.IsNullOrWhiteSpace(row.Rejected))
            return Skip(row.Row, SkipReason.EmptyCompletion);
        return Judge(new TokenizedPair(row.Row, Prompt(row.Prompt), Answer(row.Chosen), Answer(row.Rejected)));
    }

    private Candidate Judge(TokenizedPair pair)
    {
        if (pair.ChosenIds.AsSpan().SequenceEqual(pair.RejectedIds))
            return Skip(pair.Row, SkipReason.IdenticalPair);
        if (pair.ChosenIds.Length == 0 || pair.RejectedIds.Length == 0)
            return Skip(pair.Row, SkipReason.EmptyCompletion);
        if (pair.PromptIds.Length == 0)
            return Skip(pair.Row, SkipReason.EmptyPrompt);
        if (pair.PromptIds.Length + Math.Max(pair.ChosenIds.Length, pair.RejectedIds.Length) > maxLength)
            return Skip(pair.Row, SkipReason.TooLong);
        return new Candidate(pair.Row, pair, null);
    }

    // The first token of an answer needs something to follow: without a prompt, what begins a sequence.
    private int[] Prompt(string text)
    {
        var ids = tokenizer.Value.Encode(text);
        return ids.Length == 0 && tokenizer.Value.BosId is { } bos ? [bos] : ids;
    }

    private int[] Answer(string text)
    {
        var ids = tokenizer.Value.Encode(text);
        return tokenizer.Value.EosId is { } eos ? [.. ids, eos] : ids;
    }

    private static Candidate Skip(int row, SkipReason reason) => new(row, null, reason);
}
