using ComPO.Core.Errors;

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
public sealed record ConversationRow(int Row, string Where, Turn[] Prompt, Turn[] Chosen, Turn[] Rejected) : PreferenceRow(Row)
{
    /// <summary>Who answers.</summary>
    internal const string Assistant = "assistant";

    /// <summary>Refuses answers in which the model says nothing, whether or not it has a chat template.</summary>
    /// <exception cref="PreferenceDataException">An answer has no turn of the assistant's.</exception>
    internal void RequireAnswers()
    {
        Require(Chosen, "chosen");
        Require(Rejected, "rejected");

        void Require(Turn[] answer, string member)
        {
            if (!answer.Any(turn => turn.Role == Assistant))
                throw new PreferenceDataException($"{Where} has no turn of \"{Assistant}\" in \"{member}\": expected an answer of the model's.");
        }
    }
}

/// <summary>A row of token ids under TRL's names, taken as they are.</summary>
/// <param name="Where">The file and row, for messages.</param>
/// <param name="Pair">The ids.</param>
public sealed record TokenRow(string Where, TokenizedPair Pair) : PreferenceRow(Pair.Row)
{
    /// <summary>Refuses ids that a model does not have.</summary>
    /// <exception cref="PreferenceDataException">An id is not below the vocabulary's size.</exception>
    internal void RequireIdsBelow(int vocabularySize)
    {
        Require(Pair.PromptIds, "prompt");
        Require(Pair.ChosenIds, "chosen");
        Require(Pair.RejectedIds, "rejected");

        void Require(int[] ids, string part)
        {
            if (ids.AsSpan().IndexOfAnyExceptInRange(0, vocabularySize - 1) is >= 0 and var at)
                throw new PreferenceDataException(
                    $"{Where} has token id {ids[at]} at position {at} of its {part} tokens: the model's vocabulary has ids 0 to {vocabularySize - 1}; tokenize the data with this model's tokenizer.");
        }
    }
}

/// <summary>A row that is understood and cannot be used.</summary>
/// <param name="Row">0-based.</param>
/// <param name="Reason">Why.</param>
public sealed record UnusableRow(int Row, SkipReason Reason) : PreferenceRow(Row);
