using ComPO.Torch.Tokenizers.AddedTokens;

namespace ComPO.Torch.Tests.Tokenizers;

/// <summary>What <c>find_matches</c> of huggingface/tokenizers (added_vocabulary.rs) does, worked out by hand from its source.</summary>
public sealed class AddedTokenTests
{
    [Theory]
    [InlineData("ab", "x ab.", "x |[1]|.")]
    [InlineData("ab", "xab", "xab")]
    [InlineData("ab", "ab\u0301", "ab\u0301")] // A combining mark goes on with the word,
    [InlineData("ab", "ab_", "ab_")] // and so does what connects,
    [InlineData("ab", "\u2167ab", "\u2167ab")] // a letter number,
    [InlineData("ab", "\u24B6ab", "\u24B6ab")] // a letter in a circle,
    [InlineData("ab", "ab\u200Dx", "ab\u200Dx")] // a joiner,
    [InlineData("ab", "ab\U00020000", "ab\U00020000")] // a letter outside the basic plane in front
    [InlineData("ab", "\U0001D407ab", "\U0001D407ab")] // or behind,
    [InlineData("ab", "ab\u00BD\u00B2", "[1]|\u00BD\u00B2")] // but neither a fraction
    [InlineData("ab", "\U0001F600ab", "\U0001F600|[1]")] // nor a face.
    public void A_token_that_must_stand_alone_counts_only_where_no_word_goes_on(string content, string text, string expected) =>
        Assert.Equal(expected, Split(text, new AddedToken(1, content, false, IsSingleWord: true)));

    [Fact]
    public void What_begins_inside_a_token_that_does_not_count_is_not_looked_at()
    {
        AddedToken[] tokens = [new(1, "abc", false, IsSingleWord: true), new(2, "bc", false), new(3, "c", false)];
        Assert.Equal("xabc", Split("xabc", tokens));
        Assert.Equal("xa|[2]", Split("xa" + "bc", tokens[1..]));
        Assert.Equal("xabc|[2]", Split("xabcbc", tokens));
    }

    [Theory]
    [InlineData(true, false, "x \t[a]  y", "x|[1]|  y")]
    [InlineData(false, true, "x \t[a] \u3000y", "x \t|[1]|y")]
    [InlineData(true, true, " [a]  [a] ", "[1]|[1]")]
    [InlineData(true, false, "[a]  [a]", "[1]|[1]")]
    [InlineData(false, true, "[a]\u200By", "[1]|\u200By")] // No white space, for all its name.
    public void White_space_is_taken_once_and_by_the_first_that_takes_it(bool left, bool right, string text, string expected) =>
        Assert.Equal(expected, Split(text, new AddedToken(1, "[a]", false, TakesSpaceLeft: left, TakesSpaceRight: right)));

    [Fact]
    public void A_token_of_white_space_counts_though_the_one_in_front_took_it() =>
        Assert.Equal("[1]|[2]|[2]|x", Split("[a]\n\nx", new AddedToken(1, "[a]", false, TakesSpaceRight: true), new AddedToken(2, "\n", false)));

    [Fact]
    public void The_leftmost_token_counts_and_of_several_at_one_place_the_longest() =>
        Assert.Equal("[2]|[1]|x", Split("abcabx", new AddedToken(1, "ab", false), new AddedToken(2, "abc", false), new AddedToken(3, "bcab", false)));

    private static string Split(string text, params AddedToken[] tokens) => string.Join('|', new AddedTokenSplitter(tokens.Select(token => (token.Content, token)))
        .Split(new Section(text, null, AtStart: true)).Select(section => section.Id is { } id ? $"[{id}]" : section.Text));
}
