using System.Text.Json;
using ComPO.Core.Errors;

namespace ComPO.Torch.Configuration;

/// <summary>Typed reading of one JSON object; what has the wrong type or makes no sense is refused by file and key. A null counts as absent.</summary>
internal sealed class ConfigObject
{
    private readonly string _path;
    private readonly JsonElement _json;

    public ConfigObject(string path, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new ModelException($"{path} does not hold a JSON object.");
        (_path, _json) = (path, json);
    }

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether the key is there and its value is null, where that means something else than absence.</summary>
    public bool IsNull(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>Whether the values of two keys that are there are the same.</summary>
    public bool AreEqual(string key, string other) => JsonElement.DeepEquals(_json.GetProperty(key), _json.GetProperty(other));

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Wrong(key, "is not a text"),
    };

    public string? FirstText(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } value when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.String => value[0].GetString(),
        _ => throw Wrong(key, "is not a list of texts"),
    };

    public IReadOnlyList<string> Texts(string key) => Find(key) switch
    {
        null => throw Wrong(key, "is missing"),
        { ValueKind: JsonValueKind.Array } value when value.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String) =>
            [.. value.EnumerateArray().Select(text => text.GetString()!)],
        _ => throw Wrong(key, "is not a list of texts"),
    };

    public bool Flag(string key, bool otherwise = false) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        _ => throw Wrong(key, "is neither true nor false"),
    };

    /// <summary>A whole number of at least 1.</summary>
    public int Count(string key, int? otherwise = null, int largest = int.MaxValue) => Find(key) switch
    {
        null => otherwise ?? throw Wrong(key, "is missing"),
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var count) && count > 0 && count <= largest => count,
        var value => throw Wrong(key, $"is {value}; a whole number above 0{(largest < int.MaxValue ? $" and up to {largest}" : "")} is expected"),
    };

    /// <summary>A whole number of at least 0.</summary>
    public int Whole(string key, int otherwise) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) && number >= 0 => number,
        var value => throw Wrong(key, $"is {value}; a whole number of at least 0 is expected"),
    };

    public double Positive(string key, double? otherwise = null) => Find(key) switch
    {
        null => otherwise ?? throw Wrong(key, "is missing"),
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && number > 0 && double.IsFinite(number) => number,
        var value => throw Wrong(key, $"is {value}; a number above 0 is expected"),
    };

    /// <summary>A number from 0 to 1.</summary>
    public double Share(string key, double otherwise) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && number is >= 0 and <= 1 => number,
        var value => throw Wrong(key, $"is {value}; a number from 0 to 1 is expected"),
    };

    /// <summary>A list of that many numbers above 0.</summary>
    public IReadOnlyList<double> Positives(string key, int count)
    {
        if (Find(key) is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() != count)
            throw Wrong(key, $"is not a list of {count} numbers");
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
            if (list[i].ValueKind != JsonValueKind.Number || !list[i].TryGetDouble(out numbers[i]) || numbers[i] <= 0 || !double.IsFinite(numbers[i]))
                throw Wrong(key, $"has the entry {list[i]}; a number above 0 is expected");
        return numbers;
    }

    /// <summary>A token id, or the first of several.</summary>
    public int? Id(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } several when several.GetArrayLength() == 0 => null,
        { } value when (value.ValueKind == JsonValueKind.Array ? value[0] : value) is { ValueKind: JsonValueKind.Number } first
            && first.TryGetInt32(out var id) && id >= 0 => id,
        var value => throw Wrong(key, $"is {value}; a token id is expected"),
    };

    public ConfigObject? Object(string key) => Find(key) is { } value ? new ConfigObject($"{_path} ({key})", value) : null;

    public ModelException Wrong(string key, string what) => new($"{_path}: {key} {what}.");

    private JsonElement? Find(string key) =>
        _json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
