using System.Text;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>OpenAI's chat markup, which Qwen and many fine-tuned models use.</summary>
/// <param name="systemByDefault">What the system says in a conversation that does not begin with a turn of its; null for nothing.</param>
internal sealed class ChatMlTemplate(string? systemByDefault) : IChatTemplate
{
    /// <inheritdoc/>
    public string Name => "chatml";

    /// <inheritdoc/>
    public string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where)
    {
        TurnRules.RequireRoles(Name, turns, where, TurnRules.System, TurnRules.User, TurnRules.Assistant);
        var text = new StringBuilder();
        if (systemByDefault is not null && turns is not [{ Role: TurnRules.System }, ..]) Append(text, TurnRules.System, systemByDefault);
        foreach (var turn in turns) Append(text, turn.Role, turn.Content);
        if (addsGenerationPrompt) text.Append("<|im_start|>assistant\n");
        return text.ToString();
    }

    private static void Append(StringBuilder text, string role, string content) =>
        text.Append("<|im_start|>").Append(role).Append('\n').Append(content).Append("<|im_end|>\n");
}
