using ComPO.Core.Errors;
using ComPO.Core.Pairs;

namespace ComPO.Torch.ChatTemplates;

/// <summary>What templates expect of the roles of a conversation.</summary>
internal static class TurnRules
{
    public const string System = "system";
    public const string User = "user";
    public const string Assistant = "assistant";

    /// <summary>Refuses a role that is not among those named.</summary>
    public static void RequireRoles(string template, IReadOnlyList<Turn> turns, string where, params ReadOnlySpan<string> roles)
    {
        foreach (var turn in turns)
            if (!roles.Contains(turn.Role))
                throw new PreferenceDataException(
                    $"{where} has a turn of \"{turn.Role}\": the chat template {template} knows {string.Join(", ", roles.ToArray())}; leave such rows out, or choose another template with --chat-template.");
    }

    /// <summary>Refuses turns that are not by user and assistant in turn, the user first.</summary>
    public static void RequireAlternation(string template, IReadOnlyList<Turn> turns, string where)
    {
        for (var i = 0; i < turns.Count; i++)
            if ((turns[i].Role == User) != (i % 2 == 0))
                throw new PreferenceDataException(
                    $"{where} has \"{turns[i].Role}\" as turn {i + 1}: the chat template {template} expects user and assistant in turn, the user first{(turns[0].Role == System ? ", and no system" : "")}; leave such rows out, or choose another template with --chat-template.");
    }
}
