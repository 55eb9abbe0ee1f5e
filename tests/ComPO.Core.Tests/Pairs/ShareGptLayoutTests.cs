using System.Text;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;

namespace ComPO.Core.Tests.Pairs;

public sealed class ShareGptLayoutTests
{
    private const string Answers = """ "chosen":{"from":"gpt","value":"Yes"},"rejected":{"from":"gpt","value":"No"} """;

    [Theory]
    [InlineData("""{"conversations":[{"from":"human","value":"Hi"}],""" + Answers + "}", "user:Hi")]
    [InlineData("""{"system":"Be brief.","conversations":[{"from":"human","value":"Hi"}],""" + Answers + "}", "system:Be brief.,user:Hi")]
    [InlineData("""{"system":"","conversations":[{"from":"human","value":"Hi"}],""" + Answers + "}", "user:Hi")]
    [InlineData("""{"system":null,"conversations":[{"from":"human","value":"Hi"}],""" + Answers + "}", "user:Hi")]
    // LLaMA-Factory takes the conversation's own.
    [InlineData("""{"system":"Be brief.","conversations":[{"from":"system","value":"Be long."},{"from":"human","value":"Hi"}],""" + Answers + "}", "system:Be long.,user:Hi")]
    [InlineData("""{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Ho"},{"from":"human","value":"So?"}],""" + Answers + "}", "user:Hi,assistant:Ho,user:So?")]
    public void Who_speaks_has_the_name_that_chat_templates_know(string line, string prompt)
    {
        var row = Assert.IsType<ConversationRow>(Read(line));

        Assert.Equal(prompt, string.Join(',', row.Prompt.Select(turn => $"{turn.Role}:{turn.Content}")));
        Assert.Equal([new Turn("assistant", "Yes")], row.Chosen);
        Assert.Equal([new Turn("assistant", "No")], row.Rejected);
    }

    [Theory]
    [InlineData("function_call")]
    [InlineData("observation")]
    public void Rows_with_tools_are_skipped_by_that_name(string from)
    {
        var row = Read($$"""{"conversations":[{"from":"human","value":"Hi"},{"from":"{{from}}","value":"{}"}],{{Answers}}}""");

        Assert.Equal(new UnusableRow(0, SkipReason.ToolTurn), row);
        Assert.Equal(SkipReason.ToolTurn, new PairTokenizer(new Lazy<ITextTokenizer>(() => throw new InvalidOperationException()), 9).Tokenize(row).Skipped);
    }

    [Theory]
    [InlineData("""{"conversations":[{"from":"narrator","value":"Hi"}],""" + Answers + "}", "data, row 0 has a turn from \"narrator\" in \"conversations\"")]
    [InlineData("""{"conversations":[{"from":"human","text":"Hi"}],""" + Answers + "}", "data, row 0 has an object as a turn of \"conversations\"")]
    [InlineData("""{"conversations":[{"from":"human","value":null}],""" + Answers + "}", "data, row 0 has null as \"value\"")]
    [InlineData("""{"conversations":[{"from":"human","value":"Hi"}],"chosen":"Yes","rejected":"No"}""", "data, row 0 has text as \"chosen\"")]
    [InlineData("""{"conversations":[{"from":"human","value":"Hi"}],"chosen":{"from":"gpt","value":"Yes"}}""", "data, row 0 has no member \"rejected\"")]
    [InlineData("""{"system":7,"conversations":[{"from":"human","value":"Hi"}],""" + Answers + "}", "data, row 0 has a number as \"system\"")]
    public void What_is_no_such_row_is_named_by_its_line(string line, string beginning) =>
        Assert.StartsWith(beginning, Assert.Throws<PreferenceDataException>(() => Read(line)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_published_file_gives_every_turn_of_its_conversations()
    {
        var path = Repository.Data("prefs", "llama-factory", "dpo_en_demo.json");
        using var stream = File.OpenRead(path);
        var rows = PreferenceReader.Read(stream, path).Cast<ConversationRow>().ToArray();

        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        Assert.Equal(json.RootElement.GetArrayLength(), rows.Length);
        foreach (var (row, published) in rows.Zip(json.RootElement.EnumerateArray()))
        {
            Assert.Equal(published.GetProperty("conversations").EnumerateArray().Select(Value), row.Prompt.Select(turn => turn.Content));
            Assert.Equal(Value(published.GetProperty("chosen")), Assert.Single(row.Chosen).Content);
            Assert.Equal(Value(published.GetProperty("rejected")), Assert.Single(row.Rejected).Content);
            Assert.Equal("user", row.Prompt[^1].Role);
        }
        Assert.Equal([("assistant", 263), ("system", 80), ("user", 562)], rows.SelectMany(row => row.Prompt).CountBy(turn => turn.Role).Select(count => (count.Key, count.Value)).Order());
    }

    private static string Value(JsonElement turn) => turn.GetProperty("value").GetString()!;

    private static PreferenceRow Read(string line)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(line));
        return Assert.Single(PreferenceReader.Read(stream, "data").ToList());
    }
}
