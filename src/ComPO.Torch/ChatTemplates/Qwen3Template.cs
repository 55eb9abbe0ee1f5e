using System.Text;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>
/// Chat markup as Qwen 3 has it. What an answer thought, between marks of its own, is left out once the user has spoken again; the last
/// answer always has these marks, with nothing between them where it did not think. The user's own choice to think is the model's default.
/// </summary>
internal sealed class Qwen3Template : IChatTemplate
{
    private const string ThoughtStart = "<think>";
    private const string ThoughtEnd = "</think>";

    /// <inheritdoc/>
    public string Name => "qwen-3";

    /// <inheritdoc/>
    public string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where)
    {
        TurnRules.RequireRoles(Name, turns, where, TurnRules.System, TurnRules.User, TurnRules.Assistant);
        var lastQuestion = LastQuestion(turns);
        var text = new StringBuilder();
        for (var i = 0; i < turns.Count; i++)
        {
            var (role, content) = turns[i];
            text.Append("<|im_start|>").Append(role).Append('\n')
                .Append(role == TurnRules.Assistant ? Answer(content, isAfterQuestion: i > lastQuestion, isLast: i == turns.Count - 1) : content)
                .Append("<|im_end|>\n");
        }
        if (addsGenerationPrompt) text.Append("<|im_start|>assistant\n");
        return text.ToString();
    }

    private static string Answer(string content, bool isAfterQuestion, bool isLast)
    {
        var (thought, said) = Divide(content);
        return isAfterQuestion && (isLast || thought.Length > 0)
            ? $"{ThoughtStart}\n{thought.Trim('\n')}\n{ThoughtEnd}\n\n{said.TrimStart('\n')}"
            : said;
    }

    private static (string Thought, string Said) Divide(string content)
    {
        var parts = content.Split(ThoughtEnd);
        return parts.Length == 1
            ? ("", content)
            : (parts[0].TrimEnd('\n').Split(ThoughtStart)[^1].TrimStart('\n'), parts[^1].TrimStart('\n'));
    }

    // What a tool answered is written as the user's; it is no question. Without any question the last turn counts as one.
    private static int LastQuestion(IReadOnlyList<Turn> turns)
    {
        for (var i = turns.Count - 1; i >= 0; i--)
            if (turns[i].Role == TurnRules.User
                && !(turns[i].Content.StartsWith("<tool_response>", StringComparison.Ordinal) && turns[i].Content.EndsWith("</tool_response>", StringComparison.Ordinal)))
                return i;
        return turns.Count - 1;
    }
}
