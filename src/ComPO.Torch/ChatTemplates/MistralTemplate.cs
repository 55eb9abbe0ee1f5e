using System.Text;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>Where a template of Mistral's puts what the system says.</summary>
internal enum SystemPlace
{
    /// <summary>It does not know such a turn.</summary>
    Nowhere,

    /// <summary>In front of what the user says first.</summary>
    FirstTurn,

    /// <summary>In front of the conversation's last turn, if that is the user's.</summary>
    LastTurn,

    /// <summary>Between marks of its own.</summary>
    OwnTurn,
}

/// <summary>What tells the templates apart that Mistral AI published over time.</summary>
/// <param name="BeforeUser">What stands in front of a user's words.</param>
/// <param name="AfterUser">What stands behind them.</param>
/// <param name="BeforeAssistant">What stands in front of an answer.</param>
/// <param name="AfterAssistant">What stands behind the token that ends an answer.</param>
/// <param name="StripsAssistant">Whether an answer loses the white space at its ends.</param>
/// <param name="System">Where the system's words go.</param>
internal sealed record MistralStyle(
    string BeforeUser, string AfterUser, string BeforeAssistant, string AfterAssistant = "", bool StripsAssistant = false, SystemPlace System = SystemPlace.Nowhere);

/// <summary>The instruction marks of Mistral's models.</summary>
internal sealed class MistralTemplate(MistralStyle style, string bos, string eos) : IChatTemplate
{
    /// <inheritdoc/>
    public string Name => "mistral";

    /// <inheritdoc/>
    public string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where)
    {
        if (style.System == SystemPlace.OwnTurn) TurnRules.RequireRoles(Name, turns, where, TurnRules.System, TurnRules.User, TurnRules.Assistant);
        var system = style.System is SystemPlace.FirstTurn or SystemPlace.LastTurn && turns is [{ Role: TurnRules.System }, ..] ? turns[0].Content : null;
        var spoken = system is null ? turns : [.. turns.Skip(1)];
        if (style.System != SystemPlace.OwnTurn)
        {
            TurnRules.RequireRoles(Name, spoken, where, TurnRules.User, TurnRules.Assistant);
            TurnRules.RequireAlternation(Name, spoken, where);
        }
        var text = new StringBuilder(bos);
        for (var i = 0; i < spoken.Count; i++)
        {
            var isForSystem = i == (style.System == SystemPlace.FirstTurn ? 0 : spoken.Count - 1);
            Append(text, spoken[i], isForSystem && system is not null ? system + "\n\n" : "");
        }
        return text.ToString();
    }

    private void Append(StringBuilder text, Turn turn, string system)
    {
        if (turn.Role == TurnRules.System) text.Append("[SYSTEM_PROMPT] ").Append(turn.Content).Append("[/SYSTEM_PROMPT]");
        else if (turn.Role == TurnRules.User) text.Append(style.BeforeUser).Append(system).Append(turn.Content).Append(style.AfterUser);
        else text.Append(style.BeforeAssistant).Append(style.StripsAssistant ? PythonText.Strip(turn.Content) : turn.Content).Append(eos).Append(style.AfterAssistant);
    }
}
