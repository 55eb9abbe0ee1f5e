using System.Text.Json;
using ComPO.Node.Tests.Commands;

namespace ComPO.Node.Tests.Scoring;

public sealed class ScoreCommandTests
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("compo-score-").FullName, "pairs.jsonl");

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-tied")]
    [InlineData("mistral")] // A window.
    [InlineData("gemma2")] // Logits with a soft cap.
    public async Task Token_ids_get_the_log_probabilities_of_the_float64_reference(string model)
    {
        var sequences = PublishedData.SequencesOf(model);
        // Every sequence begins with the same token, so any two make a pair with that token as the prompt.
        await WriteAsync(Enumerable.Zip(sequences, sequences.Skip(1), (first, second) => Row(first.Ids[..1], first.Ids[1..], second.Ids[1..])));

        var lines = await ScoreAsync("--model", PublishedData.FolderOf(model), "--data", _file, "--dtype", "float64");

        Assert.Equal(sequences.Length, lines.Length);
        for (var i = 0; i + 1 < sequences.Length; i++)
        {
            Assert.Equal(
                ["index", "chosenLogp", "rejectedLogp", "chosenTokens", "rejectedTokens", "promptTokens", "margin", "noisy"],
                lines[i].EnumerateObject().Select(field => field.Name));
            Assert.Equal(i, lines[i].GetProperty("index").GetInt32());
            Assert.Equal(sequences[i].LogProbabilityAfter(1), lines[i].GetProperty("chosenLogp").GetDouble(), 1e-9);
            Assert.Equal(sequences[i + 1].LogProbabilityAfter(1), lines[i].GetProperty("rejectedLogp").GetDouble(), 1e-9);
            var margin = sequences[i].LogProbabilityAfter(1) - sequences[i + 1].LogProbabilityAfter(1);
            Assert.Equal(margin, lines[i].GetProperty("margin").GetDouble(), 1e-9);
            Assert.Equal(Math.Abs(margin) <= 3, lines[i].GetProperty("noisy").GetBoolean());
            Assert.Equal(sequences[i].Ids.Length - 1, lines[i].GetProperty("chosenTokens").GetInt32());
            Assert.Equal(1, lines[i].GetProperty("promptTokens").GetInt32());
        }
    }

    [Fact]
    public async Task A_prompt_is_a_condition_and_not_scored()
    {
        var sequence = PublishedData.SequencesOf("llama")[1];
        await WriteAsync([Row(sequence.Ids[..10], sequence.Ids[10..], [7])]);

        var lines = await ScoreAsync("--model", PublishedData.FolderOf("llama"), "--data", _file, "--dtype", "float64");

        Assert.Equal(sequence.LogProbabilityAfter(10), lines[0].GetProperty("chosenLogp").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task The_summary_counts_what_was_scored_and_what_was_skipped()
    {
        await WriteAsync([Row([1], [5, 6], [7]), Row([1], [5], [5]), Row([1], [9], [8, 8]), Row([1], [], [8])]);

        var lines = await ScoreAsync("--model", PublishedData.FolderOf("llama"), "--data", _file);

        var scores = lines[..^1];
        var summary = lines[^1].GetProperty("summary");
        Assert.Equal([0, 2], scores.Select(score => score.GetProperty("index").GetInt32()));
        Assert.Equal(2, summary.GetProperty("pairs").GetInt32());
        Assert.Equal(1, summary.GetProperty("skipped").GetProperty("identicalPair").GetInt32());
        Assert.Equal(1, summary.GetProperty("skipped").GetProperty("emptyCompletion").GetInt32());
        Assert.Equal("""{"emptyCompletion":[3],"identicalPair":[1]}""", summary.GetProperty("skippedRows").GetRawText());
        Assert.Equal(scores.Average(score => score.GetProperty("chosenLogp").GetDouble()), summary.GetProperty("chosen").GetDouble(), 1e-12);
        Assert.Equal(
            scores.Average(score => score.GetProperty("chosenLogp").GetDouble() > score.GetProperty("rejectedLogp").GetDouble() ? 1.0 : 0.0),
            summary.GetProperty("accuracy").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task Margins_noise_and_lengths_are_summed_up()
    {
        // Of four chosen answers that are one random token each against another, and a last one that is long and so far less likely.
        int[][] prompts = [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [.. Enumerable.Range(1, 30)]];
        await WriteAsync(prompts.Select((prompt, i) => Row(prompt, i == 4 ? [5, 6, 7, 8, 9, 10, 11, 12] : [20 + i], [40 + i])));

        var lines = await ScoreAsync("--model", PublishedData.FolderOf("llama"), "--data", _file);

        var summary = lines[^1].GetProperty("summary");
        double[] margins = [.. lines[..^1].Select(score => score.GetProperty("chosenLogp").GetDouble() - score.GetProperty("rejectedLogp").GetDouble())];
        Assert.Equal(margins.Average(), summary.GetProperty("margin").GetDouble(), 1e-9);
        Assert.InRange(margins.Count(margin => Math.Abs(margin) <= 3), 1, 4);
        Assert.Equal(margins.Average(margin => Math.Abs(margin) <= 3 ? 1.0 : 0), summary.GetProperty("noisyShare").GetDouble(), 1e-12);
        Assert.Equal("""{"min":1,"median":3,"mean":8,"max":30}""", summary.GetProperty("promptTokens").GetRawText());
        Assert.Equal("""{"min":1,"median":1,"mean":2.4,"max":8}""", summary.GetProperty("chosenTokens").GetRawText());
        Assert.Equal("""{"min":1,"median":1,"mean":1,"max":1}""", summary.GetProperty("rejectedTokens").GetRawText());

        var four = (await ScoreAsync("--model", PublishedData.FolderOf("llama"), "--data", _file, "--limit", "4", "--noise-threshold", "1000"))[^1].GetProperty("summary");
        Assert.Equal((1, 2.5), (four.GetProperty("noisyShare").GetDouble(), four.GetProperty("promptTokens").GetProperty("median").GetDouble()));
    }

    [Fact]
    public async Task Without_a_pair_there_is_nothing_to_describe()
    {
        await WriteAsync([Row([1], [5], [5])]);

        var summary = Assert.Single(await ScoreAsync("--model", PublishedData.FolderOf("llama"), "--data", _file)).GetProperty("summary");

        Assert.Equal(0, summary.GetProperty("pairs").GetInt32());
        foreach (var name in (string[])["margin", "accuracy", "noisyShare", "promptTokens"])
            Assert.Equal(JsonValueKind.Null, summary.GetProperty(name).ValueKind);
    }

    [Fact]
    public async Task A_limit_is_kept()
    {
        await WriteAsync([Row([1], [5], [5]), Row([1], [9], [8]), Row([1], [10], [8]), Row([1], [11], [8])]);

        var lines = await ScoreAsync("--model", PublishedData.FolderOf("llama"), "--data", _file, "--limit", "2");

        Assert.Equal([1, 2], lines[..^1].Select(score => score.GetProperty("index").GetInt32()));
    }

    [Fact]
    public async Task Without_json_there_is_a_table_with_the_same_numbers()
    {
        await WriteAsync([Row([1], [5, 6], [7]), Row([1], [8], [8])]);
        var folder = PublishedData.FolderOf("llama");
        var score = (await ScoreAsync("--model", folder, "--data", _file))[0].GetProperty("chosenLogp").GetDouble();

        var (exit, output, _) = await CommandLineTests.RunAsync("score", "--model", folder, "--data", _file);

        Assert.Equal(0, exit);
        Assert.Contains($"{score:0.0000}", output, StringComparison.Ordinal);
        Assert.Contains("1 pairs", output, StringComparison.Ordinal);
        Assert.Contains("Tokens of chosen completions: 2 to 2, median 2, mean 2.0", output, StringComparison.Ordinal);
        Assert.Contains($"{_file}: 1 row skipped: identicalPair (row 1)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_folder_that_is_not_there_exits_with_3()
    {
        await WriteAsync([Row([1], [5], [7])]);

        var (exit, _, error) = await CommandLineTests.RunAsync("score", "--model", "/nowhere/model", "--data", _file);

        Assert.Equal(3, exit);
        Assert.Contains("/nowhere/model", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"prompt_input_ids\":[1],\"chosen_input_ids\":[2],\"rejected_input_ids\":[3]}\n{\"prompt_input_ids\":[1],")]
    [InlineData("{\"prompt_input_ids\":[1],\"chosen_input_ids\":[2],\"rejected_input_ids\":[512]}")]
    public async Task Data_that_cannot_be_used_exits_with_3_and_names_the_file(string? content)
    {
        if (content is not null)
            await File.WriteAllTextAsync(_file, content, TestContext.Current.CancellationToken);

        var (exit, _, error) = await CommandLineTests.RunAsync("score", "--model", PublishedData.FolderOf("llama"), "--data", _file);

        Assert.Equal(3, exit);
        Assert.Contains(_file, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Text_without_a_tokenizer_exits_with_3()
    {
        await File.WriteAllTextAsync(
            _file, """{"prompt":"Mia asks","chosen":"yes","rejected":"no"}""", TestContext.Current.CancellationToken);

        var (exit, _, error) = await CommandLineTests.RunAsync("score", "--model", PublishedData.FolderOf("llama"), "--data", _file);

        Assert.Equal(3, exit);
        Assert.Contains("tokenizer", error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement[]> ScoreAsync(params string[] arguments)
    {
        var (exit, output, error) = await CommandLineTests.RunAsync(["score", .. arguments, "--json"]);
        Assert.Equal((0, ""), (exit, error));
        return [.. output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Row(int[] prompt, int[] chosen, int[] rejected) => JsonSerializer.Serialize(
        new { prompt_input_ids = prompt, chosen_input_ids = chosen, rejected_input_ids = rejected });

    private Task WriteAsync(IEnumerable<string> lines) => File.WriteAllLinesAsync(_file, lines, TestContext.Current.CancellationToken);
}
