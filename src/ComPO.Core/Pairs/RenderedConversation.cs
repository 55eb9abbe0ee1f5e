using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>
/// Conversations as text by the rules of TRL's <c>apply_chat_template</c>: the prompt is rendered alone, and an answer is what the
/// rendering of prompt and answer together has more.
/// </summary>
internal static class RenderedConversation
{
    private const string User = "user";
    private const string Assistant = "assistant";

    /// <summary>The text of a row.</summary>
    /// <exception cref="PreferenceDataException">An answer has no assistant in it, the prompt ends with another role, or the template refuses the turns.</exception>
    public static TextRow Render(ConversationRow row, IChatTemplate template)
    {
        var prompt = RenderPrompt(row, template);
        return new TextRow(row.Row, prompt, RenderAnswer(row, row.Chosen, "chosen", prompt, template), RenderAnswer(row, row.Rejected, "rejected", prompt, template));
    }

    private static string RenderPrompt(ConversationRow row, IChatTemplate template)
    {
        switch (row.Prompt[^1].Role)
        {
            case User:
                return template.Render(row.Prompt, addsGenerationPrompt: true, row.Where);
            case Assistant:
                // The answers go on with the last turn, so that what ends a turn does not follow it.
                var rendered = template.Render(row.Prompt, addsGenerationPrompt: false, row.Where);
                var said = row.Prompt[^1].Content.Trim();
                return rendered[..(rendered.LastIndexOf(said, StringComparison.Ordinal) + said.Length)].TrimEnd();
            case var role:
                throw new PreferenceDataException($"{row.Where} has a prompt that ends with a turn of \"{role}\": expected \"{User}\", whom an answer follows, or \"{Assistant}\", whose turn it continues.");
        }
    }

    private static string RenderAnswer(ConversationRow row, Turn[] answer, string member, string prompt, IChatTemplate template)
    {
        if (!answer.Any(turn => turn.Role == Assistant))
            throw new PreferenceDataException($"{row.Where} has no turn of \"{Assistant}\" in \"{member}\": expected an answer of the model's.");
        var whole = template.Render([.. row.Prompt, .. answer], addsGenerationPrompt: false, row.Where);
        return whole.StartsWith(prompt, StringComparison.Ordinal)
            ? whole[prompt.Length..]
            : throw new PreferenceDataException(
                $"{row.Where} has a prompt that the chat template {template.Name} writes differently when \"{member}\" follows, so that the answer's beginning cannot be told; choose another with --chat-template.");
    }
}
