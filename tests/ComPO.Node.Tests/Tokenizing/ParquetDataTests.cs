using ComPO.Node.Tests.Commands;
using ComPO.Torch.Tests.Pairs;

namespace ComPO.Node.Tests.Tokenizing;

/// <summary>Parquet through the commands that take it.</summary>
public sealed class ParquetDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compo-parquet-").FullName;

    private string Data => Path.Combine(_folder, "data.parquet");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_copy_of_published_rows_gives_their_ids()
    {
        var lines = File.ReadLines(Path.Combine(PublishedData.FolderOf("../prefs/ultrafeedback"), "train1000.trl-layout.jsonl")).Take(40).ToArray();
        var json = Path.Combine(_folder, "data.jsonl");
        await File.WriteAllLinesAsync(json, lines, TestContext.Current.CancellationToken);
        ParquetCopy.Write(Data, lines, rowsInGroup: 16);
        var model = PublishedData.FolderOf("../hf-meta/Mistral-7B-Instruct-v0.2");

        var expected = await CommandLineTests.RunAsync("tokenize", "--model", model, "--data", json, "--json");
        var (exit, output, error) = await CommandLineTests.RunAsync("tokenize", "--model", model, "--data", Data, "--json");

        Assert.Equal((0, expected.Output, expected.Error), (exit, output, error));
        Assert.InRange(output.Count(letter => letter == '\n'), 35, 40);
    }

    [Theory]
    [InlineData("tokenize")]
    [InlineData("score")]
    public async Task Other_columns_and_damage_end_a_command_with_one_sentence(string command)
    {
        const string Expected = "expected \"chosen\" and \"rejected\", with \"prompt\" or \"conversations\" or without, or \"prompt_input_ids\", \"chosen_input_ids\" and \"rejected_input_ids\".";
        ParquetCopy.Write(Data, ["""{"instruction":"Q","completions":[{"response":"A"}],"source":"evol"}"""], 1);
        Assert.Equal((3, "", $"{Data} has the columns \"instruction\", \"completions\" and \"source\": {Expected}\n"), await Run());

        ParquetCopy.Write(Data, ["""{"prompt":"Q","chosen":"A","rejected":"B"}"""], 1);
        File.WriteAllBytes(Data, File.ReadAllBytes(Data)[..^3]);
        var (exit, output, error) = await Run();
        Assert.Equal((3, ""), (exit, output));
        Assert.StartsWith($"{Data} begins as Parquet and cannot be read: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));

        async Task<(int, string, string)> Run() => await CommandLineTests.RunAsync(command, "--model", PublishedData.FolderOf("stories260K"), "--data", Data);
    }
}
