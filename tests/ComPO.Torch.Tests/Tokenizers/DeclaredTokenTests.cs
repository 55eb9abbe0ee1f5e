using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers;

namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>Tokens that files beside a tokenizer declare: by a small <c>tokenizer.json</c> of five tokens, and by the SentencePiece model of stories260K, which has 512.</summary>
public sealed class DeclaredTokenTests
{
    private const string Json = """
        {
          "added_tokens": [{"id":3,"content":"<s>","special":true},{"id":4,"content":"</s>","special":true}], "normalizer": null, "pre_tokenizer": null, "decoder": {"type": "Fuse"},
          "model": {"type": "BPE", "vocab": {" ":0,"y":1,"z":2}, "merges": [] }
        }
        """;

    private const string Ends = "\"bos_token\":\"<s>\",\"eos_token\":\"</s>\"";

    [Theory]
    [InlineData("tokenizer_config.json", "{" + Ends + ""","added_tokens_decoder":{"4":{"content":"</s>","special":true},"5":{"content":"<yy>","special":true},"6":{"content":"<z>","special":true}}}""")]
    [InlineData("tokenizer_config.json", "{" + Ends + ""","additional_special_tokens":["</s>","<yy>",{"content":"<z>"}]}""")]
    [InlineData("tokenizer_config.json", "{" + Ends + ""","extra_special_tokens":{"yes":"<yy>","last":"<z>"}}""")]
    [InlineData("special_tokens_map.json", "{" + Ends + ""","additional_special_tokens":["<yy>","<z>"]}""")]
    [InlineData("added_tokens.json", """{"<z>":6,"<yy>":5}""")]
    public void Tokens_that_are_declared_are_found_in_a_text_and_those_that_are_lacking_have_the_next_ids(string file, string text)
    {
        using var folder = Folder(Json);
        folder.Write("tokenizer_config.json", "{" + Ends + "}");
        folder.Write(file, text);

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal([3, 1, 5, 0, 6, 2, 4], tokenizer.Encode("<s>y<yy> <z>z</s>"));
        Assert.Equal((7, "y<yy> <z>"), (tokenizer.VocabularySize, tokenizer.Spell([1, 5, 0, 6])));
    }

    [Fact]
    public void A_declared_token_takes_white_space_where_the_folder_says_so()
    {
        using var folder = Folder(Json);
        folder.Write("tokenizer_config.json", "{" + Ends + ""","added_tokens_decoder":{"5":{"content":"<yy>","lstrip":true,"rstrip":true}}}""");
        Assert.Equal([1, 5, 1], TokenizerLoader.Load(folder.Path).Encode("y <yy>  y"));
    }

    [Fact]
    public void A_token_of_the_vocabulary_that_is_declared_is_found_before_the_text_is_cut()
    {
        using var folder = Folder(Json.Replace("\"z\":2}, \"merges\": []", "\"z\":2,\"yz\":5}, \"merges\": [\"y z\"]", StringComparison.Ordinal));
        folder.Write("tokenizer_config.json", "{" + Ends + "}");
        Assert.Equal([5], TokenizerLoader.Load(folder.Path).Encode("yz"));
        folder.Write("added_tokens.json", """{"y":1}""");
        Assert.Equal([1, 2], TokenizerLoader.Load(folder.Path).Encode("yz"));
    }

    [Fact]
    public void Tokens_are_added_to_a_SentencePiece_model_too()
    {
        using var folder = new TemporaryFolder();
        folder.Copy(PublishedData.Model("stories260K"), "tok512.model", "tokenizer.model");
        var before = TokenizerLoader.Load(folder.Path).Encode("One day");
        folder.Write("added_tokens.json", """{"<|im_end|>":512,"<|im_start|>":513}""");
        folder.Write("special_tokens_map.json", """{"eos_token":"<|im_end|>"}""");

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal([513, .. before, 512], tokenizer.Encode("<|im_start|>One day<|im_end|>"));
        Assert.Equal((514, 512), (tokenizer.VocabularySize, tokenizer.EosId));
        Assert.Equal("One day<|im_end|>", tokenizer.Spell([.. before, 512]));
    }

    [Theory]
    [InlineData("""{"<yy>":6}""", "declares the token '<yy>' as 6, which ", "expected 5, the next after its vocabulary")]
    [InlineData("""{"<yy>":2}""", "declares the token '<yy>' as 2, which ", "expected 5, the next after its vocabulary")]
    [InlineData("""{"</s>":2}""", "declares the token '</s>' as 2, and ", "has it as 4")]
    [InlineData("""{"<yy>":"5"}""", "has '<yy>' as \"5\"", "expected the text of a token and its id")]
    public void A_token_that_is_declared_otherwise_than_the_tokenizer_has_it_is_refused(string added, string found, string expected)
    {
        using var folder = Folder(Json);
        folder.Write("tokenizer_config.json", "{" + Ends + "}");
        folder.Write("added_tokens.json", added);
        var refusal = Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message;
        Assert.StartsWith($"{folder["added_tokens.json"]} {found}", refusal, StringComparison.Ordinal);
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"split_special_tokens":true}""", "sets split_special_tokens")]
    [InlineData("""{"added_tokens_decoder":{"x":{"content":"<yy>"}}}""", "has the added_tokens_decoder 'x'")]
    [InlineData("""{"added_tokens_decoder":[]}""", "has [] as added_tokens_decoder: expected an object.")]
    [InlineData("""{"additional_special_tokens":[7]}""", "has 7 among its additional_special_tokens: expected the text of a token.")]
    [InlineData("""{"additional_special_tokens":7}""", "has 7 as additional_special_tokens: expected a list.")]
    public void A_declaration_that_is_not_understood_is_refused_by_its_name(string config, string message)
    {
        using var folder = Folder(Json);
        folder.Write("tokenizer_config.json", config);
        var refusal = Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message;
        Assert.StartsWith($"{folder["tokenizer_config.json"]} {message}", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_is_named_and_lacking_is_refused_and_so_is_a_folder_that_names_none_to_end_with()
    {
        using var folder = Folder(Json);
        var none = Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message;
        Assert.Contains("does not say which token ends a sequence", none, StringComparison.Ordinal);
        Assert.Contains("expected an eos_token in tokenizer_config.json, or an eos_token_id in config.json", none, StringComparison.Ordinal);

        folder.Write("special_tokens_map.json", """{"eos_token":"<end>"}""");
        var lacking = Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message;
        Assert.StartsWith($"{folder["tokenizer.json"]} lacks the token '<end>', which the files beside it name as eos_token", lacking, StringComparison.Ordinal);

        folder.Write("tokenizer_config.json", """{"eos_token":"</s>"}""");
        Assert.Equal((null, 4), (TokenizerLoader.Load(folder.Path).BosId, TokenizerLoader.Load(folder.Path).EosId));
    }

    [Theory] // Every folder that the paper's models and these tests come with declares what its tokenizer has.
    [InlineData("llama3", 128256)]
    [InlineData("gemini", 256000)]
    [InlineData("qwen2_5", 151665)]
    [InlineData("qwen3", 151669)]
    public void What_published_folders_declare_is_what_their_tokenizers_have(string name, int size) =>
        Assert.Equal(size, TokenizerLoader.Load(FetchedTokenizers.Folder(name)).VocabularySize);

    private static TemporaryFolder Folder(string tokenizer)
    {
        var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", tokenizer);
        return folder;
    }
}
