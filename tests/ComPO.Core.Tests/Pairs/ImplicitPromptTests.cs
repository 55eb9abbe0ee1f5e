using System.Text.Json;
using ComPO.Core.Pairs;

namespace ComPO.Core.Tests.Pairs;

/// <summary>Against TRL's rule in Python, whose characters are whole ones; <c>Golden/extract_prompt.py</c> made the file and says from what.</summary>
public sealed class ImplicitPromptTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Lazy<Golden> Prompts = new(() =>
        JsonSerializer.Deserialize<Golden>(typeof(ImplicitPromptTests).Assembly.GetManifestResourceStream("prompts.json")!, SnakeCase)!);

    [Fact]
    public void Pairs_are_split_where_Python_splits_them()
    {
        foreach (var pair in Prompts.Value.Pairs)
        {
            var (prompt, chosen, rejected) = ImplicitPrompt.Split(pair.Texts[0], pair.Texts[1]);
            Assert.Equal((pair.Parts[0], pair.Parts[1], pair.Parts[2]), (prompt, chosen, rejected));
        }
    }

    [Theory]
    [InlineData("harmless-base")]
    [InlineData("helpful-base")]
    public void Rows_of_hh_rlhf_are_split_where_Python_splits_them(string part)
    {
        var path = Path.Combine(Repository.Data("prefs", "hh-rlhf"), part, "test.jsonl.gz");
        var expected = Prompts.Value.PromptLengths[part];
        using var file = File.OpenRead(path);
        var rows = PreferenceReader.Read(file, path).Take(expected.Length).Cast<TextRow>();
        Assert.Equal(expected, rows.Select(row => row.Prompt.EnumerateRunes().Count()));
    }

    [Fact] // To Python, what is in front of the first character is the last one.
    public void Texts_that_differ_from_the_first_character_on_have_no_prompt() =>
        Assert.Equal(("", "X ", "Y"), ImplicitPrompt.Split("X ", "Y"));

    private sealed record Golden(GoldenPair[] Pairs, Dictionary<string, int[]> PromptLengths);

    private sealed record GoldenPair(string[] Texts, string[] Parts);
}
