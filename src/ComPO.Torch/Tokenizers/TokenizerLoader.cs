using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;

namespace ComPO.Torch.Tokenizers;

/// <summary>Finds and reads the tokenizer of a model folder.</summary>
public static class TokenizerLoader
{
    private const string UsualName = "tokenizer.model";
    private const string ConfigName = "tokenizer_config.json";

    /// <summary>
    /// Reads <c>tokenizer.model</c>, or the only <c>*.model</c> file of the folder. The tokens that begin and end a sequence are those that
    /// <c>tokenizer_config.json</c> names, else <c>config.json</c>, else the tokenizer's own.
    /// </summary>
    /// <exception cref="ModelException">There is no such file, it cannot be used, or it has more tokens than the model's embedding has rows.</exception>
    public static ITextTokenizer Load(string folder)
    {
        var path = FindFile(folder);
        var tokenizer = SentencePieceTokenizer.Read(path, ReadFile(path));
        var named = ReadJson(Path.Combine(folder, ConfigName));
        var config = File.Exists(Path.Combine(folder, ModelConfigReader.FileName)) ? ModelConfigReader.Read(folder) : null;
        if (config is not null && tokenizer.VocabularySize > config.VocabularySize)
            throw new ModelException($"{path} has {tokenizer.VocabularySize} tokens, more than the {config.VocabularySize} rows of the model's embedding (vocab_size of config.json); it belongs to another model.");
        return tokenizer.WithEnds(
            NamedToken(tokenizer, named, "bos_token") ?? WithinVocabulary(tokenizer, config?.BosId) ?? tokenizer.BosId,
            NamedToken(tokenizer, named, "eos_token") ?? WithinVocabulary(tokenizer, config?.EosId) ?? tokenizer.EosId);
    }

    private static string FindFile(string folder)
    {
        if (!Directory.Exists(folder)) throw new ModelException($"There is no model folder {folder}.");
        var usual = Path.Combine(folder, UsualName);
        if (File.Exists(usual)) return usual;
        return Directory.GetFiles(folder, "*.model") switch
        {
            [var only] => only,
            [] => throw new ModelException($"The folder {folder} has no tokenizer; this version reads SentencePiece files: {UsualName}, or a single file named *.model."),
            var several => throw new ModelException($"The folder {folder} has {several.Length} files named *.model and none named {UsualName}, so that the tokenizer cannot be told."),
        };
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            GitLfsPointer.Refuse(path, new MemoryStream(bytes));
            return bytes;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The tokenizer {path} cannot be read: {cause.Message}", cause);
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
    private static int? NamedToken(SentencePieceTokenizer tokenizer, JsonElement? config, string key)
    {
        if (config is not { } json || !json.TryGetProperty(key, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content)) value = content;
        return value.ValueKind == JsonValueKind.String ? tokenizer.Find(value.GetString()!) : null;
    }

    private static int? WithinVocabulary(SentencePieceTokenizer tokenizer, int? id) => id < tokenizer.VocabularySize ? id : null;
}
