using System.Text.Json;

namespace ComPO.Core.Pairs;

/// <summary>
/// The layout of ShareGPT as LLaMA-Factory reads preference pairs of it: <c>conversations</c> is the prompt, whose turns have
/// <c>from</c> and <c>value</c>, <c>chosen</c> and <c>rejected</c> are one turn each, and <c>system</c> is what is said before, unless
/// the conversation begins with it.
/// </summary>
internal static class ShareGptLayout
{
    /// <summary>Whether a row has this layout.</summary>
    public static bool Fits(JsonElement json) => json.TryGetProperty("conversations", out var turns) && turns.ValueKind == JsonValueKind.Array
        && !json.TryGetProperty("prompt", out _);

    /// <summary>The row; skipped where a tool speaks or is called, since no chat template here has words for it.</summary>
    public static PreferenceRow Read(JsonElement json, int row, string where)
    {
        var prompt = Turns(json.GetProperty("conversations"), "conversations", where);
        var chosen = Turns(RowJson.Member(json, "chosen", where), "chosen", where);
        var rejected = Turns(RowJson.Member(json, "rejected", where), "rejected", where);
        if (prompt.Concat(chosen).Concat(rejected).Contains(null))
            return new UnusableRow(row, SkipReason.ToolTurn);
        return new ConversationRow(row, where, WithSystem(json, prompt!, where), chosen!, rejected!);
    }

    private static Turn[] WithSystem(JsonElement json, Turn[] turns, string where) =>
        turns is not [{ Role: "system" }, ..]
            && json.TryGetProperty("system", out var system) && system.ValueKind != JsonValueKind.Null
            && RowJson.Text(system, "system", where) is { Length: > 0 } said
            ? [new Turn("system", said), .. turns]
            : turns;

    private static Turn?[] Turns(JsonElement json, string member, string where) => json.ValueKind switch
    {
        JsonValueKind.Object => [Turn(json, member, where)],
        JsonValueKind.Array => [.. json.EnumerateArray().Select(turn => Turn(turn, member, where))],
        _ => throw RowJson.Malformed(where, $"has {RowJson.Kind(json)} as \"{member}\"", "a turn with \"from\" and \"value\", as in \"conversations\""),
    };

    private static Turn? Turn(JsonElement json, string member, string where)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("from", out var from) || !json.TryGetProperty("value", out var value))
            throw RowJson.Malformed(where, $"has {RowJson.Kind(json)} as a turn of \"{member}\"", "objects with \"from\" and \"value\"");
        return RowJson.Text(from, "from", where) switch
        {
            "human" or "user" => new Turn("user", RowJson.Text(value, "value", where)),
            "gpt" or "assistant" => new Turn("assistant", RowJson.Text(value, "value", where)),
            "system" => new Turn("system", RowJson.Text(value, "value", where)),
            "function_call" or "observation" or "tool" => null,
            var other => throw RowJson.Malformed(where, $"has a turn from \"{other}\" in \"{member}\"", "\"human\", \"gpt\" or \"system\""),
        };
    }
}
