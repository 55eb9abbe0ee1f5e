using ComPO.Core.Pairs;

namespace ComPO.Core.Selection;

/// <summary>
/// The end of a pair that TRL's DPO trainer feeds its model (<c>DPOTrainer.concatenated_forward</c> with <c>max_length</c> 1024 and
/// <c>truncation_mode</c> keep_end, both its defaults, which the authors' code leaves as they are). Both sequences lie left-aligned in one
/// batch, and the batch keeps its last columns: so the longer sequence decides how much is cut, and the shorter loses as much of its beginning.
/// </summary>
public static class TrainerWindow
{
    /// <summary>TRL's <c>max_length</c>.</summary>
    public const int Length = 1024;

    /// <summary>
    /// The pair without what the trainer cuts. Where it would be all of the prompt, the prompt's last token stays, to predict the answers' first
    /// ones; TRL takes that prediction from the end of the batch, where it means nothing. Where it would be all of an answer, its last token stays.
    /// </summary>
    public static TokenizedPair LastTokens(TokenizedPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        var cut = pair.PromptIds.Length + Math.Max(pair.ChosenIds.Length, pair.RejectedIds.Length) - Length;
        if (cut <= 0)
            return pair;
        var answers = Math.Max(0, cut - pair.PromptIds.Length);
        return pair with
        {
            PromptIds = pair.PromptIds[Math.Min(cut, pair.PromptIds.Length - 1)..],
            ChosenIds = WithoutFirst(answers, pair.ChosenIds),
            RejectedIds = WithoutFirst(answers, pair.RejectedIds),
        };
    }

    private static int[] WithoutFirst(int count, int[] answer) => answer[Math.Min(count, answer.Length - 1)..];
}
