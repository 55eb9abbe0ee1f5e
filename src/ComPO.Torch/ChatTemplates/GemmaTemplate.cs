using System.Text;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>The turns of Gemma and Gemma 2, which know no system.</summary>
internal sealed class GemmaTemplate(string bos) : IChatTemplate
{
    /// <inheritdoc/>
    public string Name => "gemma";

    /// <inheritdoc/>
    public string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where)
    {
        TurnRules.RequireRoles(Name, turns, where, TurnRules.User, TurnRules.Assistant);
        TurnRules.RequireAlternation(Name, turns, where);
        var text = new StringBuilder(bos);
        foreach (var turn in turns)
            text.Append("<start_of_turn>").Append(turn.Role == TurnRules.Assistant ? "model" : turn.Role).Append('\n').Append(PythonText.Strip(turn.Content)).Append("<end_of_turn>\n");
        if (addsGenerationPrompt) text.Append("<start_of_turn>model\n");
        return text.ToString();
    }
}
