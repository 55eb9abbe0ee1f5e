using System.Text;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>The headers of Llama 3.</summary>
/// <param name="bos">The token that begins a sequence.</param>
/// <param name="alwaysPrompts">Whether the beginning of an answer follows every conversation, as the first files had it.</param>
internal sealed class Llama3Template(string bos, bool alwaysPrompts) : IChatTemplate
{
    /// <inheritdoc/>
    public string Name => "llama-3";

    /// <inheritdoc/>
    public string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where)
    {
        TurnRules.RequireRoles(Name, turns, where, TurnRules.System, TurnRules.User, TurnRules.Assistant);
        var text = new StringBuilder(bos);
        foreach (var turn in turns) text.Append(Header(turn.Role)).Append(PythonText.Strip(turn.Content)).Append("<|eot_id|>");
        if (addsGenerationPrompt || alwaysPrompts) text.Append(Header(TurnRules.Assistant));
        return text.ToString();
    }

    /// <summary>What stands in front of a turn.</summary>
    internal static string Header(string role) => $"<|start_header_id|>{role}<|end_header_id|>\n\n";
}
