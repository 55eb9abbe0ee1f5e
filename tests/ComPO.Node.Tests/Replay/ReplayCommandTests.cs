using System.Text.Json;
using System.Text.Json.Nodes;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Node.Tests.Commands;

namespace ComPO.Node.Tests.Replay;

public sealed class ReplayCommandTests(FinishedRuns runs) : IClassFixture<FinishedRuns>
{
    private string _run = "";

    private string Log => Path.Combine(_run, "run.jsonl");

    private string Output => Path.Combine(_run, "replayed");

    [Theory]
    [InlineData("sampled")]
    [InlineData("exact")]
    [Trait("Invariant", "3 A run is its log")]
    public async Task The_model_of_a_real_run_is_written_again_byte_for_byte(string estimator)
    {
        _run = await runs.CopyAsync(estimator == "exact" ? Estimator.Exact : Estimator.Sampled);

        var (exit, json, error) = await ReplayAsync("--json");

        Assert.True((exit, error) == (0, ""), error);
        var report = JsonDocument.Parse(json).RootElement;
        Assert.Equal(["run", "iterations", "accepted", "baseDigest", "headDigest", "seconds", "output"], report.EnumerateObject().Select(field => field.Name));
        using var result = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_run, "result.json"), TestContext.Current.CancellationToken));
        Assert.Equal(3, report.GetProperty("iterations").GetInt32());
        Assert.InRange(report.GetProperty("accepted").GetInt32(), 1, 3);
        foreach (var name in new[] { "run", "accepted", "baseDigest", "headDigest" })
            Assert.Equal(result.RootElement.GetProperty(name).ToString(), report.GetProperty(name).ToString());
        Assert.Equal(Output, report.GetProperty("output").GetString());
        var written = FilesOf(Path.Combine(_run, "model"));
        Assert.Contains("model.safetensors", written.Keys);
        Assert.Equal(written, FilesOf(Output));
    }

    [Fact]
    public async Task Features_may_lie_elsewhere_and_people_get_sentences()
    {
        _run = await runs.CopyAsync(Estimator.Sampled);
        Directory.Move(Path.Combine(_run, "features"), Path.Combine(_run, "elsewhere"));

        var (exit, output, error) = await ReplayAsync("--features", Path.Combine(_run, "elsewhere"));

        Assert.True((exit, error) == (0, ""), error);
        Assert.Contains("3 iterations", output, StringComparison.Ordinal);
        Assert.Contains(Output, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edited_outcome_is_named_by_its_line()
    {
        await RefusedAsync(lines => lines[2] = Edit(lines[2], record =>
        {
            var outcomes = OutcomeBits.FromBase64((string)record["outcomes"]!, 200);
            outcomes[17] = !outcomes[17];
            record["outcomes"] = outcomes.ToBase64();
        }), 3, "run.jsonl, line 3 ");
        await RefusedAsync(lines => lines[2] = Edit(lines[2], record =>
        {
            var outcomes = OutcomeBits.FromBase64((string)record["outcomes"]!, 200);
            outcomes[17] = !outcomes[17];
            (record["outcomes"], record["improved"]) = (outcomes.ToBase64(), outcomes.CountImproved());
        }), 3, "run.jsonl, line 3 ", "norm");
    }

    [Fact]
    public Task A_removed_line_is_named_where_it_is_missing() =>
        RefusedAsync(lines => lines.RemoveAt(2), 3, "run.jsonl, line 3 ", "iteration 2", "expected iteration 1");

    [Fact]
    public Task A_truncated_last_line_is_named() =>
        RefusedAsync(lines => lines[3] = lines[3][..^40], 3, "run.jsonl, line 4 ", "not a whole line");

    [Fact]
    public Task Of_an_edited_line_and_a_truncated_one_behind_it_the_first_is_named() => RefusedAsync(
        lines =>
        {
            lines[1] = Edit(lines[1], record => record["norm"] = 1.5);
            lines[3] = lines[3][..^40];
        },
        3, "run.jsonl, line 2 ", "norm is 1.5");

    [Fact]
    public Task Lines_lost_from_the_end_are_missed_when_the_result_counts_them() =>
        RefusedAsync(lines => lines.RemoveAt(3), 3, "run.jsonl ends after line 3", "counts 3");

    [Theory] // As when the last line was edited to fit what is before it: nothing behind it would tell.
    [InlineData("headDigest", "00000000000000000000000000000000", "line 4 ends with the head")]
    [InlineData("accepted", 0, "after 0: one of them was edited")]
    [InlineData("iterations", 2, "lines were added at its end")]
    public async Task A_log_that_ends_otherwise_than_the_result_says_is_refused(string field, object value, string told)
    {
        _run = await runs.CopyAsync(Estimator.Sampled);
        var file = Path.Combine(_run, "result.json");
        var result = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, Edit(result, node => node[field] = JsonValue.Create(value)), TestContext.Current.CancellationToken);

        Refused(await ReplayAsync(), 3, "run.jsonl", told);
    }

    [Fact]
    public Task Settings_that_no_run_has_are_named_as_line_1() =>
        RefusedAsync(lines => lines[0] = Edit(lines[0], header => header["settings"]!["density"] = null), 3, "run.jsonl, line 1 ", "--density");

    [Fact]
    public Task A_head_digest_that_differs_exits_with_7() => RefusedAsync(
        lines => lines[1] = Edit(lines[1], record => record["headDigest"] = new string('0', 32)), 7, "After iteration 0 ", $"expects {new string('0', 32)}");

    [Fact]
    public async Task A_swapped_or_missing_file_of_features_is_named()
    {
        _run = await runs.CopyAsync(Estimator.Sampled);
        var files = Directory.GetFiles(Path.Combine(_run, "features"));
        File.Copy(files[0], files[1], overwrite: true);
        Refused(await ReplayAsync(), 7, files[1], Path.GetFileNameWithoutExtension(files[0]));

        File.Delete(files[1]);
        Refused(await ReplayAsync(), 3, files[1], "--features");
    }

    [Fact]
    public async Task Another_model_exits_with_7_and_both_digests()
    {
        _run = await runs.CopyAsync(Estimator.Sampled);
        var header = JsonNode.Parse((await File.ReadAllLinesAsync(Log, TestContext.Current.CancellationToken))[0])!;

        var refused = await CommandLineTests.RunAsync("replay", "--log", Log, "--model", PublishedData.FolderOf("llama-tied"), "--output", Output);

        Refused(refused, 7, (string)header["baseDigest"]!, "has digest");
    }

    [Fact]
    public async Task An_output_that_is_occupied_or_cannot_be_written_exits_with_8()
    {
        _run = await runs.CopyAsync(Estimator.Sampled);
        Directory.CreateDirectory(Output);
        var mine = Path.Combine(Output, "mine.txt");
        await File.WriteAllTextAsync(mine, "mine", TestContext.Current.CancellationToken);
        var (exit, _, error) = await ReplayAsync();
        Assert.Equal(8, exit);
        Assert.Contains(Output, error, StringComparison.Ordinal);
        Assert.Equal([mine], Directory.GetFileSystemEntries(Output));

        // A file is no folder to write into.
        var within = Path.Combine(mine, "model");
        (exit, _, error) = await CommandLineTests.RunAsync("replay", "--log", Log, "--model", PublishedData.FolderOf("llama"), "--output", within);
        Assert.Equal(8, exit);
        Assert.Contains(within, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("/nowhere/run.jsonl")]
    [InlineData("/")]
    public async Task A_log_that_is_not_there_exits_with_3(string log)
    {
        var (exit, _, error) = await CommandLineTests.RunAsync("replay", "--log", log, "--model", "m", "--output", "o");

        Assert.Equal(3, exit);
        Assert.Contains(log, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private async Task RefusedAsync(Action<List<string>> edit, int exit, params string[] told)
    {
        _run = await runs.CopyAsync(Estimator.Sampled);
        var lines = (await File.ReadAllLinesAsync(Log, TestContext.Current.CancellationToken)).ToList();
        Assert.Equal(4, lines.Count);
        edit(lines);
        await File.WriteAllLinesAsync(Log, lines, TestContext.Current.CancellationToken);
        Refused(await ReplayAsync(), exit, told);
    }

    private void Refused((int Exit, string Output, string Error) seen, int exit, params string[] told)
    {
        Assert.All(told, part => Assert.Contains(part, seen.Error, StringComparison.Ordinal));
        Assert.Equal((exit, ""), (seen.Exit, seen.Output));
        Assert.Single(seen.Error.TrimEnd().Split('\n'));
        // Nothing is left half done.
        Assert.Equal([".model.run", "features", "model", "result.json", "run.jsonl"], Directory.GetFileSystemEntries(_run).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private Task<(int Exit, string Output, string Error)> ReplayAsync(params string[] more) => CommandLineTests.RunAsync(
        ["replay", "--log", Log, "--model", PublishedData.FolderOf("llama"), "--output", Output, .. more]);

    private static string Edit(string line, Action<JsonNode> edit)
    {
        var node = JsonNode.Parse(line)!;
        edit(node);
        return node.ToJsonString();
    }

    private static SortedDictionary<string, string> FilesOf(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(folder, file), file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))),
        StringComparer.Ordinal);
}
