using System.Text;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>The turns of Llama 3.1, 3.2 and 3.3: as Llama 3's, behind a turn of the system's that always stands first and names two dates.</summary>
/// <remarks>
/// The source of Llama 3.2 puts the day on which it is rendered for the second date, where the program that renders it tells that day. A run
/// whose text depends on the day could not be repeated, so that day is here always the one that the source itself falls back on, and that
/// 3.1 and 3.3 have.
/// </remarks>
/// <param name="bos">The token that begins a sequence.</param>
internal sealed class Llama31Template(string bos) : IChatTemplate
{
    private const string Dates = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

    /// <inheritdoc/>
    public string Name => "llama-3.1";

    /// <inheritdoc/>
    public string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where)
    {
        TurnRules.RequireRoles(Name, turns, where, TurnRules.System, TurnRules.User, TurnRules.Assistant);
        var (system, spoken) = turns is [{ Role: TurnRules.System } first, ..] ? (PythonText.Strip(first.Content), turns.Skip(1)) : ("", turns);
        var text = new StringBuilder(bos);
        Append(text, TurnRules.System, Dates + system);
        foreach (var turn in spoken) Append(text, turn.Role, PythonText.Strip(turn.Content));
        if (addsGenerationPrompt) text.Append(Llama3Template.Header(TurnRules.Assistant));
        return text.ToString();
    }

    private static void Append(StringBuilder text, string role, string content) =>
        text.Append(Llama3Template.Header(role)).Append(content).Append("<|eot_id|>");
}
