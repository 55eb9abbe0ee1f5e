using ComPO.Core.Errors;
using ComPO.Core.Pairs;

namespace ComPO.Torch.Models;

/// <summary>
/// Which positions of a pair's two sequences (prompt + chosen, prompt + rejected) predict completion
/// tokens: the last of the prompt to the last but one of the sequence.
/// </summary>
internal readonly record struct CompletionRows
{
    public CompletionRows(TokenizedPair pair, int vocabularySize)
    {
        if (pair.PromptIds.Length == 0 || pair.ChosenIds.Length == 0 || pair.RejectedIds.Length == 0)
            throw new PreferenceDataException(
                $"Row {pair.Row} has {pair.PromptIds.Length} prompt, {pair.ChosenIds.Length} chosen and {pair.RejectedIds.Length} rejected tokens; " +
                "expected at least one of each, since the last prompt token predicts the first of each answer; remove the row or give it a prompt.");
        RefuseUnknown(pair.Row, "prompt", pair.PromptIds, vocabularySize);
        RefuseUnknown(pair.Row, "chosen", pair.ChosenIds, vocabularySize);
        RefuseUnknown(pair.Row, "rejected", pair.RejectedIds, vocabularySize);
        (First, ChosenInput, RejectedInput) = (pair.PromptIds.Length - 1, Input(pair.PromptIds, pair.ChosenIds), Input(pair.PromptIds, pair.RejectedIds));
        Targets = [.. pair.ChosenIds, .. pair.RejectedIds];
        ChosenCount = pair.ChosenIds.Length;
        Longest = pair.PromptIds.Length + Math.Max(pair.ChosenIds.Length, pair.RejectedIds.Length);
        Shared = ChosenInput.AsSpan().CommonPrefixLength(RejectedInput);
    }

    /// <summary>The first position that predicts a completion token, in both sequences.</summary>
    public int First { get; }

    /// <summary>Prompt and chosen answer without its last token, which predicts nothing that is asked for.</summary>
    public long[] ChosenInput { get; }

    /// <summary>Prompt and rejected answer without its last token.</summary>
    public long[] RejectedInput { get; }

    /// <summary>The tokens of the longer sequence with its last one.</summary>
    public int Longest { get; }

    /// <summary>Positions at the start that are the same in both sequences: their hidden states are one and the same.</summary>
    public int Shared { get; }

    /// <summary>The predicted tokens, chosen then rejected.</summary>
    public int[] Targets { get; }

    /// <summary>How many of <see cref="Targets"/> are the chosen answer's.</summary>
    public int ChosenCount { get; }

    private static long[] Input(int[] prompt, int[] answer) => [.. prompt, .. answer.AsSpan(0, answer.Length - 1)];

    private static void RefuseUnknown(int row, string part, int[] ids, int vocabularySize)
    {
        var at = ids.AsSpan().IndexOfAnyExceptInRange(0, vocabularySize - 1);
        if (at >= 0)
            throw new PreferenceDataException(
                $"Row {row} has token id {ids[at]} at position {at} of its {part} tokens; the model's vocabulary has ids 0 to {vocabularySize - 1}; " +
                "tokenize the data with this model's tokenizer.");
    }
}
