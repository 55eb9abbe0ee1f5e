using System.Text;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;

namespace ComPO.Core.Tests.Pairs;

public sealed class ConversationPairTests
{
    [Fact]
    public void An_answer_is_what_its_rendering_has_more_than_the_prompts_and_ends_twice()
    {
        var pair = Tokenize("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""").Pair!;
        Assert.Equal("^user:Q.assistant:", Text(pair.PromptIds));
        Assert.Equal("A.$", Text(pair.ChosenIds));
        Assert.Equal("B.$", Text(pair.RejectedIds));
    }

    [Fact]
    public void The_turns_that_both_begin_with_are_the_prompt()
    {
        var pair = Tokenize("""
            {"chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":"R"},{"role":"user","content":"S"},{"role":"assistant","content":"A"}],
             "rejected":[{"role":"user","content":"Q"},{"role":"assistant","content":"R"},{"role":"user","content":"S"},{"role":"assistant","content":"B"}]}
            """.ReplaceLineEndings(" ")).Pair!;
        Assert.Equal("^user:Q.assistant:R.user:S.assistant:", Text(pair.PromptIds));
        Assert.Equal("A.$", Text(pair.ChosenIds));
    }

    [Fact]
    public void An_answer_goes_on_with_a_prompt_that_ends_inside_the_assistants_turn()
    {
        var pair = Tokenize("""
            {"chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":" R "},{"role":"user","content":"S"},{"role":"assistant","content":"A"}],
             "rejected":[{"role":"user","content":"Q"},{"role":"assistant","content":" R "},{"role":"user","content":"T"},{"role":"assistant","content":"A"}]}
            """.ReplaceLineEndings(" ")).Pair!;
        Assert.Equal("^user:Q.assistant: R", Text(pair.PromptIds));
        Assert.Equal(" .user:S.assistant:A.$", Text(pair.ChosenIds));
    }

    [Theory] // transformers searches for the last turn's stripped words, finds nothing at the very end, and strips what is behind.
    [InlineData("", "^user:Q.assistant:.", "user:S.assistant:A.$")]
    [InlineData(" \\u001c\\n ", "^user:Q.assistant: \u001c\n .", "user:S.assistant:A.$")]
    [InlineData("R \\u001f", "^user:Q.assistant:R", " \u001f.user:S.assistant:A.$")]
    public void A_prompt_that_ends_with_an_empty_turn_of_the_assistant_is_all_of_its_rendering(string said, string prompt, string chosen)
    {
        var pair = Tokenize($$"""
            {"chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":"{{said}}"},{"role":"user","content":"S"},{"role":"assistant","content":"A"}],
             "rejected":[{"role":"user","content":"Q"},{"role":"assistant","content":"{{said}}"},{"role":"user","content":"T"},{"role":"assistant","content":"A"}]}
            """.ReplaceLineEndings(" ")).Pair!;
        Assert.Equal(prompt, Text(pair.PromptIds));
        Assert.Equal(chosen, Text(pair.ChosenIds));
    }

    [Fact]
    public void A_prompt_keeps_its_end_and_an_answer_its_beginning()
    {
        var candidate = Tokenize(Row("abcdef", "ghijkl", "mn"), promptLength: 3, completionLength: 4);
        var pair = candidate.Pair!;
        Assert.Equal(new CutTokens(3, 3, 0), candidate.Cut);
        Assert.Equal("def", Text(pair.PromptIds));
        Assert.Equal("ghij", Text(pair.ChosenIds));
        Assert.Equal("mn$", Text(pair.RejectedIds));

        var (longPrompt, longAnswer) = (new string('p', 600), new string('a', 1100));
        Assert.Equal(new CutTokens(88, 77, 0), Tokenize(Row(longPrompt, longAnswer, "b")).Cut);
        var cut = Tokenize(Row(longPrompt, longAnswer, "b")).Pair!;
        Assert.Equal((512, 1024), (cut.PromptIds.Length, cut.ChosenIds.Length));
    }

    [Fact]
    public void A_row_that_cuts_make_short_enough_is_not_too_long()
    {
        Assert.Equal(SkipReason.TooLong, Tokenize(Row("abcdef", "ghi", "j"), maxLength: 9).Skipped);
        Assert.NotNull(Tokenize(Row("abcdef", "ghi", "j"), maxLength: 9, promptLength: 5).Pair);
    }

    [Fact]
    public void A_conversation_is_plain_text_for_a_model_without_a_template()
    {
        var row = """{"prompt":[{"role":"user","content":"Q"},{"role":"assistant","content":"R"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""";
        var pair = Tokenize(row, template: null).Pair!;
        Assert.Equal(("Q\nR", "A$"), (Text(pair.PromptIds), Text(pair.ChosenIds)));
    }

    [Theory]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"A"}]}""", SkipReason.IdenticalPair)]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":" "}],"rejected":[{"role":"assistant","content":"A"}]}""", SkipReason.EmptyCompletion)]
    [InlineData("""{"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", SkipReason.EmptyPrompt)]
    public void What_a_template_adds_does_not_make_a_pair_of_a_row_that_is_none(string row, SkipReason reason) =>
        Assert.Equal(reason, Tokenize(row).Skipped);

    [Theory] // Also where a tokenizer has a token that begins a sequence: TRL puts none in front.
    [InlineData("""{"prompt":"","chosen":"A","rejected":"B"}""")]
    [InlineData("""{"chosen":"A","rejected":"B"}""")]
    [InlineData("""{"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""")]
    public void A_row_without_a_prompt_is_skipped_in_every_layout(string row)
    {
        Assert.Equal(SkipReason.EmptyPrompt, Tokenize(row).Skipped);
        Assert.Equal(SkipReason.EmptyPrompt, Tokenize(row, template: null).Skipped);
    }

    [Theory]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"user","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "no turn of \"assistant\" in \"chosen\"")]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[],"rejected":[{"role":"assistant","content":"B"}]}""", "no turn of \"assistant\" in \"chosen\"")]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[],"rejected":[]}""", "no turn of \"assistant\" in \"chosen\"")]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"user","content":"A"}],"rejected":[{"role":"user","content":"A"}]}""", "no turn of \"assistant\" in \"chosen\"")]
    [InlineData("""{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"user","content":" "}]}""", "no turn of \"assistant\" in \"rejected\"")]
    [InlineData("""{"prompt":[{"role":"system","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "ends with a turn of \"system\"")]
    [InlineData("""{"prompt":[{"role":"assistant","content":"hidden"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "does not write as it stands")]
    [InlineData("""{"prompt":[{"role":"user","content":"last"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}""", "writes differently when \"chosen\" follows")]
    public void A_conversation_that_cannot_be_rendered_is_refused_with_its_row(string row, string message)
    {
        var refusal = Assert.Throws<PreferenceDataException>(() => Tokenize(row));
        Assert.StartsWith("data.jsonl, row 0 has ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_in_which_the_model_does_not_answer_is_refused_also_without_a_template()
    {
        var row = """{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"user","content":"B"}]}""";

        var refusal = Assert.Throws<PreferenceDataException>(() => Tokenize(row, template: null));

        Assert.Equal("data.jsonl, row 0 has no turn of \"assistant\" in \"rejected\": expected an answer of the model's.", refusal.Message);
    }

    private static string Row(string prompt, string chosen, string rejected) =>
        $$"""{"prompt":"{{prompt}}","chosen":"{{chosen}}","rejected":"{{rejected}}"}""";

    private static Candidate Tokenize(string row, int maxLength = 8192, int promptLength = 512, int completionLength = 1024) =>
        Tokenize(row, new ColonTemplate(), maxLength, promptLength, completionLength);

    private static Candidate Tokenize(string row, IChatTemplate? template, int maxLength = 8192, int promptLength = 512, int completionLength = 1024)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(row));
        var tokenizer = new PairTokenizer(new Lazy<ITextTokenizer>(new CharacterTokenizer()), maxLength)
        {
            ChatTemplate = new Lazy<IChatTemplate?>(template),
            MaxPromptLength = promptLength,
            MaxCompletionLength = completionLength,
        };
        return tokenizer.Tokenize(Assert.Single(PreferenceReader.Read(stream, "data.jsonl").ToList()));
    }

    private static string Text(int[] ids) => string.Concat(ids.Select(id => (char)id));

    /// <summary>^role:content. for each turn, with the first turn written otherwise where it is the last one and says so, and what a turn that is to be hidden says left out.</summary>
    private sealed class ColonTemplate : IChatTemplate
    {
        public string Name => "colon";

        public string Render(IReadOnlyList<Turn> turns, bool addsGenerationPrompt, string where) =>
            (turns is [{ Content: "last" }] ? "!" : "^") + string.Concat(turns.Select(turn => $"{turn.Role}:{(turn.Content == "hidden" ? "" : turn.Content)}.")) + (addsGenerationPrompt ? "assistant:" : "");
    }

    private sealed class CharacterTokenizer : ITextTokenizer
    {
        public int VocabularySize => char.MaxValue + 1;

        public int? BosId => '^';

        public int? EosId => '$';

        public int[] Encode(string text) => [.. text.Select(character => (int)character)];

        public string Decode(ReadOnlySpan<int> ids) => Text(ids.ToArray());

        public string Spell(ReadOnlySpan<int> ids) => Text(ids.ToArray());
    }
}
