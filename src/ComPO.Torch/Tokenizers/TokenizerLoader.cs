using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using ComPO.Torch.Tokenizers.Json;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tokenizers;

/// <summary>Finds and reads the tokenizer of a model folder.</summary>
public static class TokenizerLoader
{
    private const string JsonName = "tokenizer.json";
    private const string UsualName = "tokenizer.model";

    /// <summary>
    /// Reads <c>tokenizer.json</c>; where there is none <c>tokenizer.model</c>, or the only <c>*.model</c> file of the folder. The tokens that
    /// begin and end a sequence are those that <c>tokenizer_config.json</c> names, else <c>special_tokens_map.json</c>, else <c>config.json</c>,
    /// else the tokenizer's own.
    /// </summary>
    /// <exception cref="ModelException">There is no such file, it cannot be used, or it is another model's: it has more tokens than the embedding has rows, or lacks one that <c>config.json</c> names.</exception>
    public static ITextTokenizer Load(string folder)
    {
        var path = FindFile(folder);
        var settings = TokenizerSettings.Read(folder);
        var config = File.Exists(Path.Combine(folder, ModelConfigReader.FileName)) ? ModelConfigReader.Read(folder) : null;
        ITextTokenizer tokenizer;
        if (Path.GetFileName(path) == JsonName)
        {
            var json = TokenizerJsonReader.Read(path, ReadFile(path));
            tokenizer = json.WithEnds(
                End(settings.BosToken, json.Find, config?.BosId, json), End(settings.EosToken, json.Find, config?.EosId, json));
        }
        else
        {
            var pieces = SentencePieceTokenizer.Read(path, ReadFile(path));
            var (bos, eos) = (End(settings.BosToken, pieces.Find, config?.BosId, pieces), End(settings.EosToken, pieces.Find, config?.EosId, pieces));
            tokenizer = new ControlTokenTokenizer(pieces.WithEnds(bos ?? pieces.BosId, eos ?? pieces.EosId), settings.LeadingSpace);
        }
        if (config is not null && tokenizer.VocabularySize > config.VocabularySize)
            throw new ModelException($"{path} has {tokenizer.VocabularySize} tokens, more than the {config.VocabularySize} rows of the model's embedding (vocab_size of config.json); it belongs to another model.");
        if (Math.Max(config?.BosId ?? 0, config?.EosId ?? 0) is var end && end >= tokenizer.VocabularySize)
            throw new ModelException($"{path} has {tokenizer.VocabularySize} tokens, and config.json says that token {end} begins or ends a sequence; it belongs to another model.");
        return tokenizer;
    }

    private static string FindFile(string folder)
    {
        if (!Directory.Exists(folder)) throw new ModelException($"There is no model folder {folder}.");
        foreach (var usual in (string[])[Path.Combine(folder, JsonName), Path.Combine(folder, UsualName)])
            if (File.Exists(usual)) return usual;
        return Directory.GetFiles(folder, "*.model") switch
        {
            [var only] => only,
            [] => throw new ModelException($"The folder {folder} has no tokenizer; this version reads {JsonName}, {UsualName}, or a single file named *.model."),
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

    private static int? End(string? named, Func<string, int?> find, int? configured, ITextTokenizer tokenizer) =>
        (named is null ? null : find(named)) ?? (configured < tokenizer.VocabularySize ? configured : null);
}
