using System.Text.Json;
using ComPO.Core.Errors;

namespace ComPO.Torch.Tokenizers.Settings;

/// <summary>A JSON file beside a tokenizer; one that is not there says nothing.</summary>
internal sealed class SettingsFile
{
    private readonly JsonElement? _json;

    private SettingsFile(string path, JsonElement? json) => (Path, _json) = (path, json);

    /// <summary>Its name, for messages.</summary>
    public string Path { get; }

    /// <summary>Whether there is one.</summary>
    public bool Exists => _json is not null;

    /// <summary>Reads a file of a folder.</summary>
    /// <exception cref="ModelException">It is not a JSON object.</exception>
    public static SettingsFile Read(string folder, string name)
    {
        var path = System.IO.Path.Combine(folder, name);
        if (!File.Exists(path)) return new SettingsFile(path, null);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? new SettingsFile(path, json.RootElement.Clone())
                : throw new ModelException($"{path} does not hold a JSON object.");
        }
        catch (JsonException cause)
        {
            throw new ModelException($"{path} is not valid JSON (line {cause.LineNumber + 1}).", cause);
        }
    }

    /// <summary>What a key holds; null where it is missing or null.</summary>
    public JsonElement? Find(string key) =>
        _json is { } json && json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A token that is given as its text, or as an object that has it as its content; null where none is, or an empty one.</summary>
    public string? Token(string key) => Find(key) is { } value ? TokenText(value) : null;

    /// <summary>The members of the file, or of the object that a key holds.</summary>
    /// <exception cref="ModelException">The key holds something else.</exception>
    public IEnumerable<(string Name, JsonElement Value)> Members(string? key = null)
    {
        var found = key is null ? _json : Find(key);
        if (found is not { } json) return [];
        return json.ValueKind == JsonValueKind.Object
            ? json.EnumerateObject().Select(member => (member.Name, member.Value))
            : throw Wrong($"{json.GetRawText()} as {key}", "an object");
    }

    /// <summary>The elements of the list that a key holds, or the values of the object.</summary>
    /// <exception cref="ModelException">The key holds something else.</exception>
    public IEnumerable<JsonElement> Elements(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray(),
        { ValueKind: JsonValueKind.Object } named => named.EnumerateObject().Select(member => member.Value),
        var other => throw Wrong($"{other} as {key}", "a list"),
    };

    /// <summary>Whether a key holds that very value.</summary>
    public bool Is(string key, bool expected) => Find(key)?.ValueKind == (expected ? JsonValueKind.True : JsonValueKind.False);

    /// <summary>What to say of something that cannot be used.</summary>
    public ModelException Wrong(string found, string expected) => new($"{Path} has {found}: expected {expected}.");

    /// <summary>The text of a token, or of the content of an object about one; null where there is none, or an empty one.</summary>
    public static string? TokenText(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content)) value = content;
        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
    }
}
