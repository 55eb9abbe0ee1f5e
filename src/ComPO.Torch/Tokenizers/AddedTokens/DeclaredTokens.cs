using System.Globalization;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers.Settings;

namespace ComPO.Torch.Tokenizers.AddedTokens;

/// <summary>A token that a file beside the tokenizer declares.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="Id">The id it is to have; null where only its text is given.</param>
/// <param name="Token">What else is said of it.</param>
internal sealed record DeclaredToken(string File, int? Id, AddedToken Token);

/// <summary>
/// The tokens that a folder declares beside its tokenizer, as transformers counts them: <c>added_tokens_decoder</c> of
/// <c>tokenizer_config.json</c>, or where it has none <c>added_tokens.json</c>; then the special tokens that are listed by their texts.
/// </summary>
internal static class DeclaredTokens
{
    private const string DecoderKey = "added_tokens_decoder";

    // The second is what version 5 of transformers calls the first.
    private static readonly string[] ListKeys = ["additional_special_tokens", "extra_special_tokens"];

    /// <summary>Gathers them, those with ids first and in the order of these.</summary>
    /// <param name="config">The file <c>tokenizer_config.json</c>.</param>
    /// <param name="special">The file <c>special_tokens_map.json</c>.</param>
    /// <param name="added">The file <c>added_tokens.json</c>.</param>
    /// <exception cref="ModelException">An entry is of another form.</exception>
    public static IReadOnlyList<DeclaredToken> Of(SettingsFile config, SettingsFile special, SettingsFile added)
    {
        var listed = Listed(config).Concat(Listed(special)).DistinctBy(token => token.Token.Content).ToArray();
        var names = listed.Select(token => token.Token.Content).ToHashSet(StringComparer.Ordinal);
        var withIds = config.Find(DecoderKey) is not null ? Decoder(config) : Added(added, names);
        return [.. withIds.OrderBy(token => token.Id), .. listed];
    }

    /// <summary>Puts declared tokens to those that a tokenizer has added itself, which stay as they are.</summary>
    /// <param name="declared">What the folder declares.</param>
    /// <param name="path">The tokenizer's file, for messages.</param>
    /// <param name="added">The tokens that it adds.</param>
    /// <param name="find">The id of a token of its vocabulary, added or not.</param>
    /// <param name="size">One more than its largest id.</param>
    /// <returns>All tokens that are added. New ones have the ids behind the last.</returns>
    /// <exception cref="ModelException">A token is declared with another id than it has, or than would be its next.</exception>
    public static IReadOnlyList<AddedToken> Join(IReadOnlyList<DeclaredToken> declared, string path, IEnumerable<AddedToken> added, Func<string, int?> find, int size)
    {
        var all = added.ToDictionary(token => token.Content, StringComparer.Ordinal);
        foreach (var (file, wanted, token) in declared)
        {
            var known = all.TryGetValue(token.Content, out var one) ? one.Id : find(token.Content);
            var id = known ?? size;
            if (wanted is not null && wanted != id)
                throw new ModelException(known is null
                    ? $"{file} declares the token '{token.Content}' as {wanted}, which {path} lacks: expected {id}, the next after its vocabulary; use the files of one model."
                    : $"{file} declares the token '{token.Content}' as {wanted}, and {path} has it as {id}: expected one id; use the files of one model.");
            if (known is null) size++;
            all.TryAdd(token.Content, token with { Id = id });
        }
        return [.. all.Values];
    }

    private static IEnumerable<DeclaredToken> Decoder(SettingsFile config)
    {
        foreach (var (key, json) in config.Members(DecoderKey))
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || SettingsFile.TokenText(json) is not { } content)
                throw config.Wrong($"the {DecoderKey} '{key}' of {json.GetRawText()}", "an id, and an object with the content of its token");
            yield return new DeclaredToken(config.Path, id, Token(id, content, json, IsTrue(json, "special")));
        }
    }

    private static IEnumerable<DeclaredToken> Added(SettingsFile added, HashSet<string> special)
    {
        foreach (var (content, json) in added.Members())
        {
            if (content.Length == 0 || json.ValueKind != JsonValueKind.Number || !json.TryGetInt32(out var id) || id < 0)
                throw added.Wrong($"'{content}' as {json.GetRawText()}", "the text of a token and its id");
            var isSpecial = special.Contains(content);
            yield return new DeclaredToken(added.Path, id, new AddedToken(id, content, isSpecial, IsNormalized: !isSpecial));
        }
    }

    private static IEnumerable<DeclaredToken> Listed(SettingsFile file)
    {
        foreach (var key in ListKeys)
            foreach (var json in file.Elements(key))
                yield return SettingsFile.TokenText(json) is { } content
                    ? new DeclaredToken(file.Path, null, Token(0, content, json, isSpecial: true))
                    : throw file.Wrong($"{json.GetRawText()} among its {key}", "the text of a token");
    }

    private static AddedToken Token(int id, string content, JsonElement json, bool isSpecial) =>
        new(id, content, isSpecial, IsTrue(json, "normalized"), IsTrue(json, "single_word"), IsTrue(json, "lstrip"), IsTrue(json, "rstrip"));

    private static bool IsTrue(JsonElement json, string key) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True;
}
