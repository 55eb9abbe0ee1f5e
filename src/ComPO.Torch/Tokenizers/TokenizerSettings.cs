using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tokenizers;

/// <summary>What the files beside a tokenizer say of it.</summary>
/// <param name="BosToken">The text of the token that begins a sequence; null where none is named.</param>
/// <param name="EosToken">The text of the token that ends a sequence; null where none is named.</param>
/// <param name="ChatTemplate">The Jinja source that renders conversations; null where there is none.</param>
/// <param name="LeadingSpace">Which texts between tokens a SentencePiece model puts a space in front of.</param>
internal sealed record TokenizerSettings(string? BosToken, string? EosToken, string? ChatTemplate, LeadingSpace LeadingSpace)
{
    private const string ConfigName = "tokenizer_config.json";
    private const string SpecialTokensName = "special_tokens_map.json";
    private const string TemplateName = "chat_template.jinja";

    /// <summary>Reads <c>tokenizer_config.json</c>, for tokens that it does not name <c>special_tokens_map.json</c>, and <c>chat_template.jinja</c>.</summary>
    /// <exception cref="ModelException">A file is damaged.</exception>
    public static TokenizerSettings Read(string folder)
    {
        try
        {
            var config = ReadJson(Path.Combine(folder, ConfigName));
            var special = ReadJson(Path.Combine(folder, SpecialTokensName));
            var template = Path.Combine(folder, TemplateName);
            return new TokenizerSettings(
                Token(config, "bos_token") ?? Token(special, "bos_token"),
                Token(config, "eos_token") ?? Token(special, "eos_token"),
                File.Exists(template) ? File.ReadAllText(template) : Template(config),
                ReadLeadingSpace(config));
        }
        catch (InvalidOperationException cause)
        {
            // A string with half of a surrogate pair, or with bytes that are not UTF-8.
            throw new ModelException($"{ConfigName} or {SpecialTokensName} in {folder} holds a text that is not Unicode.", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"A file about the tokenizer in {folder} cannot be read: {cause.Message}", cause);
        }
    }

    private static JsonElement? ReadJson(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? json.RootElement.Clone()
                : throw new ModelException($"{path} does not hold a JSON object.");
        }
        catch (JsonException cause)
        {
            throw new ModelException($"{path} is not valid JSON (line {cause.LineNumber + 1}).", cause);
        }
    }

    /// <summary>A token that is given as its text, or as an object that has it as its content.</summary>
    private static string? Token(JsonElement? file, string key)
    {
        if (file is not { } json || !json.TryGetProperty(key, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content)) value = content;
        return Text(value);
    }

    /// <summary>One template, or the one that is named default of several. What is neither is a template too, one that nobody knows.</summary>
    private static string? Template(JsonElement? config)
    {
        if (config is not { } json || !json.TryGetProperty("chat_template", out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var one in value.EnumerateArray())
                if (one.ValueKind == JsonValueKind.Object && one.TryGetProperty("name", out var name) && Text(name) == "default" && one.TryGetProperty("template", out var source))
                    value = source;
        return Text(value) ?? value.GetRawText();
    }

    // Without the file, the folder is as Mistral AI published it, not as transformers writes one.
    private static LeadingSpace ReadLeadingSpace(JsonElement? config) => config is not { } json ? LeadingSpace.EachWithoutOne
        : IsFalse(json, "add_prefix_space") ? LeadingSpace.None
        : IsFalse(json, "legacy") ? LeadingSpace.Start
        : LeadingSpace.Each;

    private static bool IsFalse(JsonElement json, string key) => json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.False;

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
