using ComPO.Core.Errors;
using ComPO.Torch.Tokenizers;

namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>Tokenizers in the folders of other models, and in their own.</summary>
public sealed class OtherModelTests
{
    private const string Mistral = "Mistral-7B-Instruct-v0.2", Llama = "Meta-Llama-3-8B-Instruct", Gemma = "gemma-2-9b-it";

    [Fact]
    public void Mistrals_tokenizer_is_refused_beside_Gemmas_model_though_it_is_smaller()
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(Repository.Data("hf-meta", Mistral));
        Assert.Equal((1, 2), (TokenizerLoader.Load(folder.Path).BosId, TokenizerLoader.Load(folder.Path).EosId));

        folder.Copy(Repository.Data("hf-meta", Gemma), "config.json");

        Assert.Equal(
            $"{folder["tokenizer.json"]} begins a sequence with token 1, and bos_token_id of config.json is 2: expected one id; it belongs to another model.",
            Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message);
    }

    [Fact] // Its own file says what begins a sequence.
    public void A_SentencePiece_model_without_other_files_is_refused_beside_another_model_too()
    {
        using var folder = new TemporaryFolder();
        folder.Copy(Repository.Data("tokenizers", "mistral"), "tokenizer.model.v1", "tokenizer.model");
        folder.Copy(Repository.Data("hf-meta", Mistral), "config.json");
        Assert.Equal(2, TokenizerLoader.Load(folder.Path).EosId);

        folder.Copy(Repository.Data("hf-meta", Gemma), "config.json");

        Assert.Contains("begins a sequence with token 1, and", Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_of_the_configuration_that_is_a_piece_of_text_to_the_tokenizer_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(Repository.Data("hf-meta", Mistral));
        folder.Write("config.json", File.ReadAllText(folder["config.json"]).Replace("\"eos_token_id\": 2", "\"eos_token_id\": [107, 2]", StringComparison.Ordinal));

        Assert.Equal(
            $"{folder["tokenizer.json"]} has no special token 107, and eos_token_id of config.json is that: expected one of its added or control tokens; it belongs to another model.",
            Assert.Throws<ModelException>(() => TokenizerLoader.Load(folder.Path)).Message);
    }

    [Theory]
    [InlineData("llama3", Llama, 128000, 128001)]
    [InlineData("gemini", Gemma, 2, 1)]
    public void The_papers_models_and_their_tokenizers_belong_together(string tokenizer, string model, int bos, int eos)
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(FetchedTokenizers.Folder(tokenizer));
        folder.Copy(Repository.Data("hf-meta", model), "config.json");
        folder.Copy(Repository.Data("hf-meta", model), "special_tokens_map.json");
        var loaded = TokenizerLoader.Load(folder.Path);
        Assert.Equal((bos, eos), (loaded.BosId, loaded.EosId));
    }

    [Fact] // A tune of Llama 3 for conversations: the model's file was left as it was.
    public void A_turns_end_may_end_a_sequence_though_the_model_has_another_token_for_that()
    {
        using var folder = new TemporaryFolder();
        folder.CopyAll(FetchedTokenizers.Folder("llama3"));
        folder.Copy(Repository.Data("hf-meta", Llama), "config.json");
        folder.Write("tokenizer_config.json", File.ReadAllText(folder["tokenizer_config.json"]).Replace("\"eos_token\": \"<|end_of_text|>\"", "\"eos_token\": \"<|eot_id|>\"", StringComparison.Ordinal));
        Assert.Equal(128009, TokenizerLoader.Load(folder.Path).EosId);
    }
}
