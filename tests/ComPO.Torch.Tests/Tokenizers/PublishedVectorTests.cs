using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>Ids that the makers of other tokenizers publish, every one of them.</summary>
public sealed partial class PublishedVectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Ids_of_Llama_3_are_those_of_the_vectors_that_llama_cpp_publishes()
    {
        Compare("ggml-vocab-llama-bpe.gguf", TokenizerLoader.Load(FetchedTokenizers.Folder("llama3")));
    }

    [Fact]
    public void Ids_of_Llama_2_are_those_of_the_vectors_that_llama_cpp_publishes()
    {
        var pieces = JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(Path.Combine(FetchedTokenizers.Folder("llama2", "pieces.json"), "pieces.json")))!;
        Assert.Equal((32000, "<0xFF>", "\u2581\u2581"), (pieces.Length, pieces[258], pieces[259]));
        // Llama's file scores its pieces in the order of their ids, and runs of spaces below all others.
        var tokenizer = SentencePieceTokenizer.Read("llama2", SentencePieceFile.Write(pieces.Select((text, id) => (
            text,
            id < 259 ? 0f : text.All(character => character == '\u2581') ? -1e9f : 259f - id,
            id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1)), fallsBackToBytes: true));
        Compare("ggml-vocab-llama-spm.gguf", tokenizer);
    }

    [Theory]
    [InlineData("v1", "tokenizer.model.v1")]
    [InlineData("v2", "mistral_instruct_tokenizer_240216.model.v2")]
    [InlineData("v3", "mistral_instruct_tokenizer_240323.model.v3")]
    public void A_conversation_has_the_ids_that_Mistrals_own_code_gives_it(string version, string file)
    {
        var tokenizer = SentencePieceTokenizer.Read(file, File.ReadAllBytes(Path.Combine(Repository.Data("tokenizers", "mistral"), file)));
        var folder = Repository.Data("tokenizers", "mistral", "samples", "no_tools");
        var text = File.ReadAllText(Path.Combine(folder, $"text_{version}.txt")).TrimEnd().Replace('\u2581', ' ');
        // From version 2 on the marks of an instruction are tokens; a text between tokens begins with the space that the model puts there.
        var ids = ControlMark().Split(text).Where(part => part.Length > 0)
            .SelectMany(part => tokenizer.Find(part) is { } control ? [control] : tokenizer.Encode(part.TrimStart(' ')));
        using var published = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, $"tokens_{version}.json")));
        int[] expected = [.. published.RootElement.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32())];
        Assert.Equal(expected, ids);
        output.WriteLine($"mistral-common tokens_{version}.json: 1 row, {expected.Length} ids, all equal");
    }

    private void Compare(string file, ITextTokenizer tokenizer)
    {
        var folder = Repository.Data("tokenizers", "llama.cpp-golden");
        var texts = File.ReadAllText(Path.Combine(folder, file + ".inp")).Split("\n__ggml_vocab_test__\n")[..^1];
        var ids = File.ReadAllLines(Path.Combine(folder, file + ".out"));
        Assert.Equal(texts.Length, ids.Length);
        var compared = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            int[] expected = [.. ids[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
            Assert.Equal(expected, tokenizer.Encode(texts[i]));
            Assert.Equal(texts[i], tokenizer.Decode(expected));
            compared += expected.Length;
        }
        output.WriteLine($"llama.cpp {file}: {texts.Length} rows, {compared} ids, all equal");
    }

    [GeneratedRegex(@"(<s>|</s>|(?<![ ])\[INST\]|(?<![ ])\[/INST\])")]
    private static partial Regex ControlMark();
}
