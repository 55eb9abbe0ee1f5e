using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers.AddedTokens;
using ComPO.Torch.Tokenizers.SentencePiece;
using ComPO.Torch.Tokenizers.Settings;

namespace ComPO.Torch.Tokenizers;

/// <summary>What the files beside a tokenizer say of it.</summary>
/// <param name="BosToken">The text of the token that begins a sequence; null where none is named.</param>
/// <param name="EosToken">The text of the token that ends a sequence; null where none is named.</param>
/// <param name="Declared">The tokens that are to be found in a text as they stand.</param>
/// <param name="ChatTemplate">The Jinja source that renders conversations; null where there is none.</param>
/// <param name="LeadingSpace">Which texts between tokens a SentencePiece model puts a space in front of.</param>
internal sealed record TokenizerSettings(string? BosToken, string? EosToken, IReadOnlyList<DeclaredToken> Declared, string? ChatTemplate, LeadingSpace LeadingSpace)
{
    private const string ConfigName = "tokenizer_config.json";
    private const string SpecialTokensName = "special_tokens_map.json";
    private const string AddedTokensName = "added_tokens.json";
    private const string TemplateName = "chat_template.jinja";

    /// <summary>Reads <c>tokenizer_config.json</c>, for tokens that it does not name <c>special_tokens_map.json</c> and <c>added_tokens.json</c>, and <c>chat_template.jinja</c>.</summary>
    /// <exception cref="ModelException">A file is damaged, or asks for something that is not supported.</exception>
    public static TokenizerSettings Read(string folder)
    {
        try
        {
            var config = SettingsFile.Read(folder, ConfigName);
            var special = SettingsFile.Read(folder, SpecialTokensName);
            if (config.Is("split_special_tokens", true))
                throw new ModelException($"{config.Path} sets split_special_tokens, by which special tokens in a text are cut up like the rest; this version does not support it: remove the line, or use data that is already token ids.");
            var template = Path.Combine(folder, TemplateName);
            return new TokenizerSettings(
                config.Token("bos_token") ?? special.Token("bos_token"),
                config.Token("eos_token") ?? special.Token("eos_token"),
                DeclaredTokens.Of(config, special, SettingsFile.Read(folder, AddedTokensName)),
                File.Exists(template) ? File.ReadAllText(template) : Template(config),
                ReadLeadingSpace(config));
        }
        catch (InvalidOperationException cause)
        {
            // A string with half of a surrogate pair, or with bytes that are not UTF-8.
            throw new ModelException($"{ConfigName}, {SpecialTokensName} or {AddedTokensName} in {folder} holds a text that is not Unicode.", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"A file about the tokenizer in {folder} cannot be read: {cause.Message}", cause);
        }
    }

    /// <summary>One template, or the one that is named default of several. What is neither is a template too, one that nobody knows.</summary>
    private static string? Template(SettingsFile config)
    {
        if (config.Find("chat_template") is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var one in value.EnumerateArray())
                if (one.ValueKind == JsonValueKind.Object && one.TryGetProperty("name", out var name) && Text(name) == "default" && one.TryGetProperty("template", out var source))
                    value = source;
        return Text(value) ?? value.GetRawText();
    }

    // Without the file, the folder is as Mistral AI published it, not as transformers writes one.
    private static LeadingSpace ReadLeadingSpace(SettingsFile config) => !config.Exists ? LeadingSpace.EachWithoutOne
        : config.Is("add_prefix_space", false) ? LeadingSpace.None
        : config.Is("legacy", false) ? LeadingSpace.Start
        : LeadingSpace.Each;

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
