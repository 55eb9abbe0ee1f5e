using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>
/// Conversations as text by the rules of TRL's <c>apply_chat_template</c>: the prompt is rendered alone, and an answer is what the
/// rendering of prompt and answer together has more.
/// </summary>
internal static class RenderedConversation
{
    private const string User = "user";
    private const string Assistant = ConversationRow.Assistant;

    /// <summary>The text of a row.</summary>
    /// <exception cref="PreferenceDataException">The prompt ends with another role than the user's or the assistant's, or the template refuses the turns.</exception>
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
                return UpToEnd(template.Render(row.Prompt, addsGenerationPrompt: false, row.Where), row, template);
            case var role:
                throw new PreferenceDataException($"{row.Where} has a prompt that ends with a turn of \"{role}\": expected \"{User}\", whom an answer follows, or \"{Assistant}\", whose turn it continues.");
        }
    }

    /// <summary>The rendering without what ends its last turn, since the answers go on with that turn; all of it where nothing was said in it.</summary>
    private static string UpToEnd(string rendered, ConversationRow row, IChatTemplate template)
    {
        var said = PythonText.Strip(row.Prompt[^1].Content);
        var at = rendered.LastIndexOf(said, StringComparison.Ordinal);
        return at >= 0
            ? PythonText.StripEnd(rendered[..(at + said.Length)])
            : throw new PreferenceDataException(
                $"{row.Where} has a prompt that ends with a turn of \"{Assistant}\" that the chat template {template.Name} does not write as it stands, so that where the answers go on cannot be told; leave such rows out, or choose another template with --chat-template.");
    }

    private static string RenderAnswer(ConversationRow row, Turn[] answer, string member, string prompt, IChatTemplate template)
    {
        var whole = template.Render([.. row.Prompt, .. answer], addsGenerationPrompt: false, row.Where);
        return whole.StartsWith(prompt, StringComparison.Ordinal)
            ? whole[prompt.Length..]
            : throw new PreferenceDataException(
                $"{row.Where} has a prompt that the chat template {template.Name} writes differently when \"{member}\" follows, so that the answer's beginning cannot be told; choose another with --chat-template.");
    }
}
