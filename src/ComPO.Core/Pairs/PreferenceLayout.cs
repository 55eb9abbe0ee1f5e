using System.Text.Json;
using static ComPO.Core.Pairs.RowJson;

namespace ComPO.Core.Pairs;

/// <summary>
/// The layouts of a row that TRL's trainers take: <c>chosen</c> and <c>rejected</c> with a prompt of their own or
/// an implicit one, as text or as conversations; or token ids; or ShareGPT's. Other members are ignored.
/// </summary>
internal static class PreferenceLayout
{
    public static PreferenceRow Read(JsonElement json, int row, string where)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Malformed(where, $"is {Kind(json)}", "a JSON object");
        if (json.TryGetProperty("prompt_input_ids", out _))
            return new TokenRow(where, new TokenizedPair(
                row, Ids(json, "prompt_input_ids", where), Ids(json, "chosen_input_ids", where), Ids(json, "rejected_input_ids", where)));

        if (ShareGptLayout.Fits(json))
            return ShareGptLayout.Read(json, row, where);

        var chosen = Member(json, "chosen", where);
        var rejected = Member(json, "rejected", where);
        var hasPrompt = json.TryGetProperty("prompt", out var prompt) && prompt.ValueKind != JsonValueKind.Null;
        return chosen.ValueKind == JsonValueKind.Array
            ? FromConversations(row, hasPrompt ? prompt : null, Turns(chosen, "chosen", where), Turns(rejected, "rejected", where), where)
            : FromText(row, hasPrompt ? prompt : null, Text(chosen, "chosen", where), Text(rejected, "rejected", where));
    }

    // A prompt of the other kind than the answers is only a copy of their beginning (TRL's maybe_extract_prompt).
    private static TextRow FromText(int row, JsonElement? prompt, string chosen, string rejected)
    {
        if (prompt is { ValueKind: JsonValueKind.String } text)
            return new TextRow(row, text.GetString()!, chosen, rejected);
        var (common, first, second) = ImplicitPrompt.Split(chosen, rejected);
        return new TextRow(row, common, first, second);
    }

    private static ConversationRow FromConversations(int row, JsonElement? prompt, Turn[] chosen, Turn[] rejected, string where)
    {
        if (prompt is { ValueKind: JsonValueKind.Array } turns)
            return new ConversationRow(row, where, Turns(turns, "prompt", where), chosen, rejected);
        var (common, first, second) = ImplicitPrompt.Split(chosen, rejected);
        return new ConversationRow(row, where, common, first, second);
    }

    private static Turn[] Turns(JsonElement json, string member, string where)
    {
        if (json.ValueKind != JsonValueKind.Array)
            throw Malformed(where, $"has {Kind(json)} as \"{member}\"", "a list of turns as in its other members");
        return [.. json.EnumerateArray().Select(turn => turn.ValueKind == JsonValueKind.Object
            ? new Turn(Text(Member(turn, "role", where), "role", where), Text(Member(turn, "content", where), "content", where))
            : throw Malformed(where, $"has {Kind(turn)} as a turn of \"{member}\"", "objects with \"role\" and \"content\""))];
    }

    private static int[] Ids(JsonElement json, string member, string where)
    {
        var list = Member(json, member, where);
        if (list.ValueKind != JsonValueKind.Array)
            throw Malformed(where, $"has {Kind(list)} as \"{member}\"", "a list of token ids");
        var ids = new int[list.GetArrayLength()];
        var i = 0;
        foreach (var id in list.EnumerateArray())
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out ids[i++]) || ids[i - 1] < 0)
                throw Malformed(where, $"has {id.GetRawText()} in \"{member}\"", "token ids, which are whole numbers of at least 0");
        return ids;
    }
}
