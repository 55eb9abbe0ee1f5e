using System.Text.Json;
using System.Text.RegularExpressions;
using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers.AddedTokens;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>
/// Reads the <c>tokenizer.json</c> of Hugging Face's tokenizers where it is of the BPE kind. The file's truncation, padding and
/// post-processor are passed over: pairs are cut and ended by other rules.
/// </summary>
internal static class TokenizerJsonReader
{
    // Files of models change characters one for one. One that makes text much longer would fill the memory with a few words.
    private const double MostGrowth = 64;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="file">Its content.</param>
    /// <param name="declared">The tokens that the files beside it declare.</param>
    /// <exception cref="ModelException">It is damaged, contradicts the files beside it, or uses a feature that is not supported, which the message names.</exception>
    public static JsonTokenizer Read(string path, ReadOnlyMemory<byte> file, IReadOnlyList<DeclaredToken>? declared = null)
    {
        try
        {
            using var json = JsonDocument.Parse(file);
            var root = json.RootElement;
            var added = root.TryGetProperty("added_tokens", out var tokens) && tokens.ValueKind == JsonValueKind.Array
                ? tokens.EnumerateArray().Select(ReadAddedToken).ToArray()
                : [];
            if (added.GroupBy(token => token.Content, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
                throw new ModelException($"{path} has the added token '{twice.Key}' twice.");
            foreach (var (name, steps) in ((string, string)[])[("normalizer", "normalizers"), ("pre_tokenizer", "pretokenizers"), ("decoder", "decoders")])
                if (Growth(Part(root, name), steps) > MostGrowth) throw Unsupported(path, name, $"Sequence or Replace that makes text more than {MostGrowth} times as long");
            var merges = MergesReader.Read(path, root.GetProperty("model"), isByteLevel: Mentions(root, "pre_tokenizer", "ByteLevel"));
            if (added.FirstOrDefault(token => merges.Vocabulary.TryGetValue(token.Content, out var id) && id != token.Id) is { } moved)
                throw new ModelException($"{path} has the added token '{moved.Content}' as {moved.Id} and in its vocabulary as {merges.Vocabulary[moved.Content]}: expected one id.");
            var size = 1 + merges.Vocabulary.Values.Concat(added.Select(token => token.Id)).Max();
            return new JsonTokenizer(
                merges,
                DeclaredTokens.Join(declared ?? [], path, added, token => merges.Vocabulary.TryGetValue(token, out var id) ? id : null, size),
                ReadNormalizer(path, Part(root, "normalizer")),
                ReadPreTokenizer(path, Part(root, "pre_tokenizer")),
                ReadDecoder(path, Part(root, "decoder")));
        }
        catch (JsonException cause)
        {
            throw new ModelException($"{path} is not valid JSON (line {cause.LineNumber + 1}).", cause);
        }
        catch (Exception cause) when (cause is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelException($"{path} is not a tokenizer file of Hugging Face's tokenizers: a part is missing or of another kind than expected ({cause.Message}).", cause);
        }
    }

    private static AddedToken ReadAddedToken(JsonElement json) => new(
        MergesReader.ReadId(json.GetProperty("id")),
        json.GetProperty("content").GetString() ?? "",
        Flag(json, "special"),
        Flag(json, "normalized"),
        Flag(json, "single_word"),
        Flag(json, "lstrip"),
        Flag(json, "rstrip"));

    private static Func<string, string> ReadNormalizer(string path, JsonElement? part)
    {
        if (part is not { } json) return text => text;
        switch (Kind(json))
        {
            case "Sequence":
                var steps = json.GetProperty("normalizers").EnumerateArray().Select(step => ReadNormalizer(path, step)).ToArray();
                return text => steps.Aggregate(text, (now, step) => step(now));
            case "Prepend":
                var prefix = json.GetProperty("prepend").GetString() ?? "";
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                var (pattern, content) = (Literal(path, "normalizer", json), json.GetProperty("content").GetString());
                return text => text.Replace(pattern, content, StringComparison.Ordinal);
            case "NFC":
                return CanonicalComposition.Compose;
            case var kind:
                throw Unsupported(path, "normalizer", kind);
        }
    }

    private static PreTokenizer ReadPreTokenizer(string path, JsonElement? part)
    {
        if (part is not { } json) return PreTokenizers.None;
        return Kind(json) switch
        {
            "Sequence" => PreTokenizers.Sequence([.. json.GetProperty("pretokenizers").EnumerateArray().Select(step => ReadPreTokenizer(path, step))]),
            "ByteLevel" => PreTokenizers.ByteLevel(Flag(json, "add_prefix_space", absent: true), Flag(json, "use_regex", absent: true)),
            "Split" => ReadSplit(path, json),
            "Metaspace" => ReadMetaspace(path, json),
            var kind => throw Unsupported(path, "pre_tokenizer", kind),
        };
    }

    private static PreTokenizer ReadSplit(string path, JsonElement json)
    {
        var pattern = Expression(path, json.GetProperty("pattern"));
        return (json.GetProperty("behavior").GetString(), Flag(json, "invert")) switch
        {
            ("Isolated", _) => PreTokenizers.Isolate(pattern),
            ("Removed", false) => PreTokenizers.Remove(pattern),
            ("Removed", true) => PreTokenizers.Keep(pattern),
            ("MergedWithPrevious", false) => PreTokenizers.MergeWithPrevious(pattern),
            ("MergedWithNext", false) => PreTokenizers.MergeWithNext(pattern),
            var (behavior, inverted) => throw Unsupported(path, "pre_tokenizer", $"Split, {behavior}{(inverted ? ", inverted" : "")}"),
        };
    }

    private static PreTokenizer ReadMetaspace(string path, JsonElement json)
    {
        var replacement = Replacement(path, "pre_tokenizer", json);
        var scheme = PrependScheme(json);
        if (scheme is not ("always" or "first" or "never")) throw Unsupported(path, "pre_tokenizer", $"Metaspace, {scheme}");
        var cut = Flag(json, "split", absent: true) ? new SplitPattern(Regex.Escape(replacement)) : null;
        return PreTokenizers.Metaspace(replacement, scheme != "never", scheme == "first", cut);
    }

    private static TokenDecoder ReadDecoder(string path, JsonElement? part)
    {
        if (part is not { } json) return TokenDecoders.Spaced;
        return Kind(json) switch
        {
            "Sequence" => TokenDecoders.Sequence([.. json.GetProperty("decoders").EnumerateArray().Select(step => ReadDecoder(path, step))]),
            "ByteLevel" => TokenDecoders.ByteLevel,
            "ByteFallback" => TokenDecoders.ByteFallback,
            "Fuse" => TokenDecoders.Fuse,
            "Replace" => TokenDecoders.Replace(Literal(path, "decoder", json), json.GetProperty("content").GetString() ?? ""),
            "Strip" when json.GetProperty("content").GetString() is [var content] =>
                TokenDecoders.Strip(content, json.GetProperty("start").GetInt32(), json.GetProperty("stop").GetInt32()),
            "Metaspace" => TokenDecoders.Metaspace(Replacement(path, "decoder", json), PrependScheme(json) != "never"),
            var kind => throw Unsupported(path, "decoder", kind),
        };
    }

    private static string Replacement(string path, string part, JsonElement json) => json.GetProperty("replacement").GetString() is { } text && text.EnumerateRunes().Count() == 1
        ? text
        : throw Unsupported(path, part, "Metaspace with a replacement that is not one character");

    /// <summary>How many times longer a part makes text at most.</summary>
    private static double Growth(JsonElement? part, string steps) => part is not { } json ? 1 : Kind(json) switch
    {
        "Sequence" => json.GetProperty(steps).EnumerateArray().Aggregate(1.0, (growth, step) => growth * Growth(step, steps)),
        "Replace" when json.GetProperty("pattern").TryGetProperty("String", out var pattern) && json.GetProperty("content").GetString() is { } content =>
            Math.Max(1, content.Length / Math.Max(1.0, pattern.GetString()?.Length ?? 0)),
        // A character behind the first 127 takes two bytes at least, and each is written as such a character.
        "ByteLevel" when steps == "pretokenizers" => 2,
        _ => 1,
    };

    // Files from before there were schemes say whether or not.
    private static string PrependScheme(JsonElement json) =>
        json.TryGetProperty("prepend_scheme", out var scheme) ? scheme.GetString() ?? "" : Flag(json, "add_prefix_space", absent: true) ? "always" : "never";

    private static string Literal(string path, string part, JsonElement json) =>
        json.GetProperty("pattern").TryGetProperty("String", out var text) && text.GetString() is { Length: > 0 } literal
            ? literal
            : throw Unsupported(path, part, "Replace with a pattern that is not plain text");

    private static SplitPattern Expression(string path, JsonElement pattern)
    {
        var expression = pattern.TryGetProperty("String", out var literal) ? Regex.Escape(literal.GetString() ?? "") : pattern.GetProperty("Regex").GetString() ?? "";
        try
        {
            return new SplitPattern(expression);
        }
        catch (ArgumentException cause)
        {
            throw new ModelException($"{path} cuts text by the pattern {expression}, which this version does not understand: {cause.Message}", cause);
        }
    }

    private static bool Mentions(JsonElement root, string part, string kind) => Part(root, part) is { } json
        && (Kind(json) == kind || (json.TryGetProperty("pretokenizers", out var steps) && steps.EnumerateArray().Any(step => Kind(step) == kind)));

    private static JsonElement? Part(JsonElement root, string name) =>
        root.TryGetProperty(name, out var part) && part.ValueKind != JsonValueKind.Null ? part : null;

    private static string Kind(JsonElement part) => part.GetProperty("type").GetString() ?? "";

    private static bool Flag(JsonElement json, string name, bool absent = false) => json.TryGetProperty(name, out var value) ? value.GetBoolean() : absent;

    private static ModelException Unsupported(string path, string part, string kind) =>
        new($"{path} has the {part} {kind}, which this version does not support; use a tokenizer.model of the same model, or data that is already token ids.");
}
