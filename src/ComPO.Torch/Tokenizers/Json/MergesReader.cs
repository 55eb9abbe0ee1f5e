using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tokenizers.Json;

/// <summary>Reads the <c>model</c> of a tokenizer file: its vocabulary and merges.</summary>
internal static class MergesReader
{
    // Far above any vocabulary there is; a larger id is a damaged file.
    private const int IdLimit = 1 << 24;

    /// <summary>Reads it.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="model">The part of the file.</param>
    /// <param name="isByteLevel">Whether text comes as the characters of bytes, all of which must then be tokens.</param>
    /// <exception cref="ModelException">It is of another kind, or contradicts itself.</exception>
    public static RankedMerges Read(string path, JsonElement model, bool isByteLevel)
    {
        RefuseOthers(path, model);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in model.GetProperty("vocab").EnumerateObject()) vocabulary[entry.Name] = ReadId(entry.Value);
        if (vocabulary.Count == 0) throw new ModelException($"{path} has an empty vocabulary.");
        if (isByteLevel)
            foreach (var character in ByteAlphabet.Characters)
                if (!vocabulary.ContainsKey(character.ToString()))
                    throw new ModelException($"{path} cuts text into bytes and has no token for one of them ('{character}').");
        return new RankedMerges
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(path, model.GetProperty("merges"), vocabulary),
            IgnoresMerges = IsTrue(model, "ignore_merges"),
            ByteIds = IsTrue(model, "byte_fallback") ? ByteIds(vocabulary) : [],
            UnknownId = Text(model, "unk_token") is { } unknown
                ? vocabulary.TryGetValue(unknown, out var id) ? id : throw new ModelException($"{path} calls '{unknown}' its unknown token and does not have it in its vocabulary.")
                : null,
            FusesUnknown = IsTrue(model, "fuse_unk"),
        };
    }

    /// <summary>A token's id.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static int ReadId(JsonElement value) => value.GetInt32() is >= 0 and < IdLimit and var id
        ? id
        : throw new FormatException($"the id {value.GetRawText()} is not between 0 and {IdLimit - 1}");

    private static void RefuseOthers(string path, JsonElement model)
    {
        // The oldest files do not say what they are; only BPE has merges.
        var kind = Text(model, "type") ?? (model.TryGetProperty("merges", out _) ? "BPE" : "without a type");
        if (kind != "BPE")
            throw new ModelException($"{path} has a model {kind}; this version reads BPE, the one of the Llama, Mistral, Gemma and Qwen families.");
        foreach (var feature in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (Text(model, feature) is { Length: > 0 } affix)
                throw new ModelException($"{path} has the {feature} '{affix}', which this version does not support.");
        if (model.TryGetProperty("dropout", out var dropout) && dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() > 0)
            throw new ModelException($"{path} has a dropout of {dropout.GetRawText()}, so that its ids are drawn anew each time; expected none.");
    }

    private static Dictionary<(int, int), (int, int)> ReadMerges(string path, JsonElement list, Dictionary<string, int> vocabulary)
    {
        var merges = new Dictionary<(int, int), (int, int)>(list.GetArrayLength());
        var rank = 0;
        foreach (var merge in list.EnumerateArray())
        {
            var (left, right) = ReadMerge(path, merge);
            // As in Hugging Face's tokenizers, of a pair that is listed twice the later place counts.
            merges[(Id(left), Id(right))] = (rank++, Id(left + right));
        }
        return merges;

        int Id(string token) => vocabulary.TryGetValue(token, out var id) ? id : throw new ModelException($"{path} merges into or from '{token}', which is not in its vocabulary.");
    }

    private static (string Left, string Right) ReadMerge(string path, JsonElement merge)
    {
        string[] parts = merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Select(part => part.GetString() ?? "")] : (merge.GetString() ?? "").Split(' ');
        return parts is [var left, var right] ? (left, right) : throw new ModelException($"{path} has the merge {merge.GetRawText()}; expected two tokens.");
    }

    // Some vocabularies have characters of their own for some bytes, as Gemma's has for the tabulator.
    private static Dictionary<byte, int> ByteIds(Dictionary<string, int> vocabulary) => Enumerable.Range(0, 256)
        .Where(value => vocabulary.ContainsKey(SentencePieceTokenizer.BytePiece(value)))
        .ToDictionary(value => (byte)value, value => vocabulary[SentencePieceTokenizer.BytePiece(value)]);

    private static bool IsTrue(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
