using System.Text.Json;
using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>The members of a row, or a sentence that says what is there in place of one.</summary>
internal static class RowJson
{
    /// <summary>A member that a row must have.</summary>
    public static JsonElement Member(JsonElement json, string member, string where) => json.TryGetProperty(member, out var value)
        ? value
        : throw Malformed(where, $"has no member \"{member}\"", "\"chosen\" and \"rejected\", or token ids under TRL's names");

    /// <summary>A member's text.</summary>
    public static string Text(JsonElement json, string member, string where) => json.ValueKind == JsonValueKind.String
        ? json.GetString()!
        : throw Malformed(where, $"has {Kind(json)} as \"{member}\"", "text");

    /// <summary>What a value is, with its article.</summary>
    public static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };

    /// <summary>The sentence for a row of another form than any layout's.</summary>
    public static PreferenceDataException Malformed(string where, string found, string expected) => new($"{where} {found}: expected {expected}.");
}
