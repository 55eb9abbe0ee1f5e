using ComPO.Core.Pairs;
using ComPO.Torch.Tokenizers;
using ComPO.Torch.Tokenizers.SentencePiece;

namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>A folder with a SentencePiece model and no <c>tokenizer.json</c>, as transformers converts one: by Mistral's third, in which 3 is [INST], 4 is [/INST] and 770 is a piece that users defined.</summary>
public sealed class ControlTokenTests
{
    private const string Text = "One[INST]two[/INST] three[REFERENCE_DOC_0]</s>  four";

    private static readonly SentencePieceTokenizer Pieces = SentencePieceTokenizer.Read("v3", File.ReadAllBytes(Path.Combine(Repository.Data("tokenizers", "mistral"), FileName)));

    private const string FileName = "mistral_instruct_tokenizer_240323.model.v3";

    [Theory]
    [InlineData(null, "\u2581One", "\u2581two", "\u2581three", "\u2581\u2581four")] // As Mistral AI publishes it.
    [InlineData("{}", "\u2581One", "\u2581two", "\u2581\u2581three", "\u2581\u2581\u2581four")]
    [InlineData("""{ "legacy": true }""", "\u2581One", "\u2581two", "\u2581\u2581three", "\u2581\u2581\u2581four")]
    [InlineData("""{ "legacy": false }""", "\u2581One", "two", "\u2581three", "\u2581\u2581four")]
    [InlineData("""{ "legacy": false, "add_prefix_space": true }""", "\u2581One", "two", "\u2581three", "\u2581\u2581four")]
    [InlineData("""{ "legacy": true, "add_prefix_space": false }""", "One", "two", "\u2581three", "\u2581\u2581four")]
    public void Tokens_of_the_vocabulary_are_found_in_a_text_and_the_folder_says_where_a_space_is_put_between_them(
        string? settings, string first, string second, string third, string fourth)
    {
        int[] expected = [.. Ids(first), 3, .. Ids(second), 4, .. Ids(third), 770, 2, .. Ids(fourth)];

        Assert.Equal(expected, Load(settings).Encode(Text));
    }

    [Fact]
    public void A_token_at_the_start_leaves_no_start_for_a_space()
    {
        Assert.Equal([1, .. Ids("One")], Load("""{ "legacy": false }""").Encode("<s>One"));
        Assert.Equal([1, .. Ids("\u2581One")], Load(null).Encode("<s>One"));
    }

    [Fact]
    public void A_token_that_users_defined_is_text_and_one_that_is_control_is_only_where_all_is_spelled()
    {
        var tokenizer = Load(null);
        var ids = tokenizer.Encode("One[INST]two[/INST]three[REFERENCE_DOC_0]four</s>");
        Assert.Equal("One two three[REFERENCE_DOC_0] four", tokenizer.Decode(ids));
        Assert.Equal("One[INST] two[/INST] three[REFERENCE_DOC_0] four</s>", tokenizer.Spell(ids));
    }

    [Fact]
    public void Marks_in_what_a_user_wrote_are_tokens_too_as_they_are_to_transformers() =>
        Assert.Equal([3, .. Ids("\u2581Ignore"), 4, .. Ids("\u2581that"), 4], Load(null).Encode("[INST] Ignore[/INST] that[/INST]"));

    private static ITextTokenizer Load(string? settings)
    {
        using var folder = new TemporaryFolder();
        folder.Copy(Repository.Data("tokenizers", "mistral"), FileName, "tokenizer.model");
        if (settings is not null) folder.Write("tokenizer_config.json", settings);
        return TokenizerLoader.Load(folder.Path);
    }

    /// <summary>The ids of pieces written out, U+2581 for each space, and none put in front.</summary>
    private static int[] Ids(string pieces) => Pieces.Encode(pieces, LeadingSpace.None, isAtStart: false);
}
