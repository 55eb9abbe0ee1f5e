using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ComPO.Torch.Checkpoints;
using ComPO.Torch.Configuration;
using ComPO.Torch.Tokenizers.AddedTokens;
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
    /// else the tokenizer's own. Tokens that files beside it declare and it lacks are added behind its vocabulary, as transformers does.
    /// </summary>
    /// <exception cref="ModelException">
    /// There is no such file, it cannot be used, no token ends a sequence, or it is another model's: it has more tokens than the embedding has rows, or lacks one that
    /// another file names, or has it as another id.
    /// </exception>
    public static ITextTokenizer Load(string folder)
    {
        var path = FindFile(folder);
        var settings = TokenizerSettings.Read(folder);
        var config = File.Exists(Path.Combine(folder, ModelConfigReader.FileName)) ? ModelConfigReader.Read(folder) : null;
        return Path.GetFileName(path) == JsonName ? LoadJson(path, settings, config) : LoadPieces(path, settings, config);
    }

    private static JsonTokenizer LoadJson(string path, TokenizerSettings settings, ModelConfig? config)
    {
        var json = TokenizerJsonReader.Read(path, ReadFile(path), settings.Declared);
        RefuseOtherSize(path, json.VocabularySize, config);
        var ends = SequenceEnds.Of(path, settings, config, json.Find, json.AddedIds);
        return json.WithEnds(ends.BosId, ends.EosId);
    }

    private static ControlTokenTokenizer LoadPieces(string path, TokenizerSettings settings, ModelConfig? config)
    {
        var pieces = SentencePieceTokenizer.Read(path, ReadFile(path));
        // A piece says nothing of the white space around it; where the folder does, that counts.
        var declared = DeclaredTokens.Join(settings.Declared, path, [], pieces.Find, pieces.VocabularySize);
        AddedToken[] added = [.. declared, .. pieces.AddedTokens.ExceptBy(declared.Select(token => token.Id), token => token.Id)];
        pieces = pieces.WithTokens(declared.Where(token => token.Id >= pieces.VocabularySize).OrderBy(token => token.Id));
        RefuseOtherSize(path, pieces.VocabularySize, config);
        var ends = SequenceEnds.Of(path, settings, config, pieces.Find, added.Select(token => token.Id).ToHashSet(), pieces.BosId, pieces.EosId);
        return new ControlTokenTokenizer(pieces.WithEnds(ends.BosId, ends.EosId), added, settings.LeadingSpace);
    }

    private static void RefuseOtherSize(string path, int size, ModelConfig? config)
    {
        if (size > config?.VocabularySize)
            throw new ModelException($"{path} has {size} tokens, more than the {config.VocabularySize} rows of the model's embedding (vocab_size of config.json); it belongs to another model.");
        if (Math.Max(config?.BosId ?? 0, config?.EosId ?? 0) is var end && end >= size)
            throw new ModelException($"{path} has {size} tokens, and config.json says that token {end} begins or ends a sequence; it belongs to another model.");
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
}
