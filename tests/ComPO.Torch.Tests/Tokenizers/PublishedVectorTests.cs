using System.Globalization;
using System.Text.Json;
using ComPO.Core.Pairs;
using ComPO.Torch.ChatTemplates;
using ComPO.Torch.Tokenizers;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>Ids that the makers of other tokenizers publish, every one of them.</summary>
public sealed class PublishedVectorTests(ITestOutputHelper output)
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
    [InlineData("v1", "tokenizer.model.v1", "'v1' template")]
    [InlineData("v2", "mistral_instruct_tokenizer_240216.model.v2", "'v3' template")]
    [InlineData("v3", "mistral_instruct_tokenizer_240323.model.v3", "'v3' template")]
    public void A_conversation_has_the_ids_that_Mistrals_own_code_gives_it(string version, string file, string template)
    {
        // The marks of an instruction are tokens from version 2 on, and text in version 1.
        using var folder = new TemporaryFolder();
        folder.Copy(Repository.Data("tokenizers", "mistral"), file, "tokenizer.model");
        folder.Write("chat_template.jinja", Published(Path.Combine(Repository.Data("tokenizers", "llama.cpp-golden"), "chat_template_cases.json"), "cases").EnumerateArray()
            .First(known => known.GetProperty("name").GetString()!.Contains(template, StringComparison.Ordinal)).GetProperty("template_str").GetString()!);
        folder.Write("special_tokens_map.json", """{ "bos_token": "<s>", "eos_token": "</s>" }""");
        var samples = Repository.Data("tokenizers", "mistral", "samples", "no_tools");
        Turn[] turns = [.. Published(Path.Combine(samples, "sample.json"), "messages").EnumerateArray()
            .Select(turn => new Turn(turn.GetProperty("role").GetString()!, turn.GetProperty("content").GetString()!))];

        var rendered = ChatTemplateLoader.Load(folder.Path)!.Render(turns, addsGenerationPrompt: true, "sample.json");
        var ids = TokenizerLoader.Load(folder.Path).Encode(rendered);

        Assert.Equal(File.ReadAllText(Path.Combine(samples, $"text_{version}.txt")).TrimEnd().Replace('\u2581', ' '), rendered);
        int[] expected = [.. Published(Path.Combine(samples, $"tokens_{version}.json"), "tokens").EnumerateArray().Select(id => id.GetInt32())];
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

    private static JsonElement Published(string path, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.GetProperty(name).Clone();
    }
}
