using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tests.Tokenizers;

public sealed class SentencePieceTokenizerTests
{
    [Fact]
    public void Ids_are_those_of_the_published_sentences_and_decode_to_them()
    {
        var tokenizer = TokenizerLoader.Load(PublishedData.Model("stories260K"));
        Assert.Equal((512, 1, 2), (tokenizer.VocabularySize, tokenizer.BosId, tokenizer.EosId));
        foreach (var sentence in PublishedData.Golden("stories260K").GetProperty("sentences").EnumerateArray())
        {
            var (text, ids) = (sentence.GetProperty("text").GetString()!, Ints(sentence.GetProperty("ids")));
            Assert.Equal(ids[1..], tokenizer.Encode(text));
            Assert.Equal(text, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Ids_of_long_texts_are_those_of_Hugging_Faces_own_tokenizer()
    {
        var tokenizer = Mistral("tokenizer.model.v1");
        var rows = File.ReadLines(Path.Combine(Repository.Data("prefs", "ultrafeedback"), "train1000.trl-layout.jsonl")).Select(Parse).ToArray();
        var published = Parse(File.ReadAllText(Path.Combine(Repository.Data("tokenizers"), "trl_tokenized.json"))).GetProperty("mistral-v0.2").GetProperty("rows");
        foreach (var row in published.EnumerateArray())
        {
            foreach (var answer in (string[])["chosen", "rejected"])
            {
                var text = rows[row.GetProperty("row").GetInt32()].GetProperty(answer).EnumerateArray().Last().GetProperty("content").GetString()!;
                // The end of the turn and the end of the sequence stand behind it, and 1024 tokens are kept.
                Assert.Equal(Ints(row.GetProperty(answer)), ((int[])[.. tokenizer.Encode(text), 2, 2]).Take(1024));
            }
        }
    }

    [Theory]
    [InlineData("Führer, 3 x 7 = 21, café ☃ 😀")]
    [InlineData(" two  spaces\t\ttabs\n\n\nlines ")]
    [InlineData("``` ` `` `````")]
    [InlineData("<s> is no control token </s> <0x41> <unk>")]
    [InlineData("")]
    public void A_text_comes_back_from_its_ids_when_the_vocabulary_falls_back_to_bytes(string text)
    {
        var tokenizer = Mistral("tokenizer.model.v1");
        var ids = tokenizer.Encode(text);
        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.DoesNotContain(ids, id => id is 0 or 1 or 2);
    }

    [Fact]
    public void Extra_spaces_go_where_the_model_says_so_and_stay_where_it_does_not()
    {
        // This model's file leaves remove_extra_whitespaces at its default, which is true.
        var removing = TokenizerLoader.Load(PublishedData.Model("stories260K"));
        Assert.Equal(removing.Encode("One day"), removing.Encode("  One   day "));
        Assert.Empty(removing.Encode("   "));

        var keeping = Mistral("tokenizer.model.v1");
        Assert.NotEqual(keeping.Encode("One day"), keeping.Encode("One  day"));
        Assert.Equal("   ", keeping.Decode(keeping.Encode("   ")));
    }

    [Fact]
    public void A_user_defined_piece_is_found_before_anything_is_merged()
    {
        var tokenizer = Read(SentencePieceFile.Write([("<unk>", 0, 2), ("\u2581", -1, 1), ("a", -2, 1), ("b", -3, 1), ("ab", -1, 1), ("\u2581a", 0, 1), ("[ab]", 0, 4), ("[", -4, 1), ("]", -5, 1)]));
        Assert.Equal([5, 3, 6, 4], tokenizer.Encode("ab[ab]ab"));
        Assert.Equal("ab[ab]ab", tokenizer.Decode([5, 3, 6, 4]));
    }

    [Fact]
    public void Of_equal_scores_the_leftmost_neighbours_merge_first_and_an_unused_piece_is_taken_apart()
    {
        var equal = Read(SentencePieceFile.Write([("<unk>", 0, 2), ("\u2581", -9, 1), ("`", -9, 1), ("``", -1, 1)]));
        Assert.Equal([1, 3, 2], equal.Encode("```"));

        var unused = Read(SentencePieceFile.Write([("<unk>", 0, 2), ("\u2581", -9, 1), ("a", -9, 1), ("b", -9, 1), ("ab", -1, 5), ("abb", -2, 1)]));
        Assert.Equal([1, 5, 1, 2, 3], unused.Encode("abb ab"));
    }

    [Fact]
    public void Unknown_characters_in_a_row_are_one_unknown_token_where_bytes_are_not_in_the_vocabulary()
    {
        var tokenizer = Read(SentencePieceFile.Write([("<unk>", 0, 2), ("<s>", 0, 3), ("\u2581", -1, 1), ("a", -2, 1)]));
        Assert.Equal([2, 3, 0, 3, 0], tokenizer.Encode("axyaz"));
        Assert.Equal("a \u2047 a", tokenizer.Decode([1, 2, 3, 0, 3]));
    }

    [Fact]
    public void A_file_that_is_no_such_model_is_refused_with_a_sentence_and_never_otherwise()
    {
        var good = File.ReadAllBytes(Path.Combine(PublishedData.Model("stories260K"), "tok512.model"));
        for (var length = 0; length < good.Length; length += 7)
            Assert.True(Record.Exception(() => _ = Read(good[..length])) is ModelException or null, $"{length} bytes");
        for (var at = 0; at < good.Length; at += 5)
        {
            var damaged = good.ToArray();
            damaged[at] ^= 0x55;
            Assert.True(Record.Exception(() => _ = Read(damaged)) is ModelException or null, $"byte {at}");
        }
        Assert.Contains("type 1", Assert.Throws<ModelException>(() => Read(SentencePieceFile.Write([("<unk>", 0, 2)], modelType: 1))).Message, StringComparison.Ordinal);
        Assert.Contains("tiktoken", Assert.Throws<ModelException>(
            () => Read(File.ReadAllBytes(Path.Combine(Repository.Data("tokenizers", "torchtune"), "tiktoken_small.model")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_loader_says_which_files_it_understands_and_refuses_a_tokenizer_of_another_model()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("*.model", Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message, StringComparison.Ordinal);

        folder.Copy(Repository.Data("hf-meta", "Mistral-7B-Instruct-v0.2", "lfs-pointers"), "tokenizer.model.lfs-pointer", "tokenizer.model");
        Assert.Contains("Git LFS", Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message, StringComparison.Ordinal);

        folder.Copy(Repository.Data("tokenizers", "mistral"), "tokenizer.model.v1", "tokenizer.model");
        folder.Copy(Repository.Data("tokenizers", "mistral"), "tokenizer.model.v1", "other.model");
        Assert.Equal(32000, TokenizerLoader.Load(folder.Path).VocabularySize);

        folder.Copy(PublishedData.Model("llama"), "config.json");
        var refusal = Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path));
        Assert.Contains("32000 tokens, more than the 512 rows", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_smaller_tokenizer_of_another_model_is_refused_by_a_token_that_it_lacks()
    {
        // Each of Mistral's tokens would have a row in Llama 3's embedding.
        using var folder = new TemporaryFolder();
        folder.Copy(Repository.Data("tokenizers", "mistral"), "tokenizer.model.v1", "tokenizer.model");
        folder.Copy(Repository.Data("hf-meta", "Meta-Llama-3-8B-Instruct"), "config.json");

        var refusal = Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message;

        Assert.Contains(folder["tokenizer.model"], refusal, StringComparison.Ordinal);
        Assert.Contains("32000 tokens, and config.json says that token 128001 begins or ends a sequence", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void The_token_that_ends_a_sequence_is_the_one_the_folder_names()
    {
        using var folder = new TemporaryFolder();
        folder.Copy(PublishedData.Model("stories260K"), "tok512.model", "tokenizer.model");
        Assert.Equal(2, TokenizerLoader.Load(folder.Path).EosId);

        folder.Copy(PublishedData.Model("stories260K"), "config.json");
        folder.Write("config.json", File.ReadAllText(Path.Combine(folder.Path, "config.json")).Replace("\"eos_token_id\": 2", "\"eos_token_id\": [1, 2]", StringComparison.Ordinal));
        Assert.Equal(1, TokenizerLoader.Load(folder.Path).EosId);

        folder.Write("tokenizer_config.json", """{"bos_token":{"content":"<s>"},"eos_token":"<0x03>"}""");
        var tokenizer = TokenizerLoader.Load(folder.Path);
        Assert.Equal((1, 6), (tokenizer.BosId, tokenizer.EosId));
    }

    private static SentencePieceTokenizer Mistral(string file) => Read(File.ReadAllBytes(Path.Combine(Repository.Data("tokenizers", "mistral"), file)));

    private static SentencePieceTokenizer Read(byte[] file) => SentencePieceTokenizer.Read("test.model", file);

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
