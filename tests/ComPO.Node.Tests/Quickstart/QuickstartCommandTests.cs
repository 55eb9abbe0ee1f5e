using System.Diagnostics;
using System.Text.Json;
using ComPO.Node.Tests.Commands;

namespace ComPO.Node.Tests.Quickstart;

public sealed class QuickstartCommandTests
{
    private readonly string _root = Directory.CreateTempSubdirectory("compo-quickstart-").FullName;

    [Fact]
    public async Task It_trains_on_a_real_cluster_and_the_preference_carries_over_to_pairs_it_never_saw()
    {
        var output = Path.Combine(_root, "results");
        var (exit, json, error) = await RunAsync(output);

        Assert.True(exit == 0, error);
        Assert.Single(json.TrimEnd().Split('\n'));
        var report = JsonDocument.Parse(json).RootElement;
        Assert.Equal(
            ["pairs", "iterations", "accepted", "trained", "heldOut", "headDigest", "seconds", "output"],
            report.EnumerateObject().Select(field => field.Name));
        Assert.Equal(output, report.GetProperty("output").GetString());
        Assert.InRange(report.GetProperty("accepted").GetInt32(), report.GetProperty("iterations").GetInt32() / 2, report.GetProperty("iterations").GetInt32());
        foreach (var pairs in new[] { report.GetProperty("trained"), report.GetProperty("heldOut") })
        {
            var (before, after) = (pairs.GetProperty("before"), pairs.GetProperty("after"));
            Assert.True(Number(after, "chosen") > Number(before, "chosen"));
            Assert.True(Number(after, "rejected") < Number(before, "rejected"));
            Assert.InRange(Number(after, "accuracy"), 0.9, 1);
            // The pairs are noisy for the base model: it has no preference that would already be this one.
            Assert.InRange(Number(before, "accuracy"), 0, 0.8);
            Assert.InRange(Math.Abs(Number(before, "margin")), 0, 1);
        }

        await The_report_is_what_score_says(output, report);
        await A_second_run_gives_the_same_head(report);
    }

    [Fact]
    public async Task A_folder_that_holds_another_run_is_left_alone_with_8()
    {
        await File.WriteAllTextAsync(Path.Combine(_root, "run.jsonl"), "{}", TestContext.Current.CancellationToken);

        var (exit, output, error) = await CommandLineTests.RunAsync("quickstart", "--output", _root, "--json");

        Assert.Equal(8, exit);
        Assert.Empty(output);
        Assert.Contains(_root, error, StringComparison.Ordinal);
        Assert.Equal(["run.jsonl"], Directory.EnumerateFileSystemEntries(_root).Select(Path.GetFileName));
    }

    private static async Task The_report_is_what_score_says(string output, JsonElement report)
    {
        var model = Directory.EnumerateFiles(output, "model.safetensors", SearchOption.AllDirectories).Select(Path.GetDirectoryName).Single();
        var (exit, lines, error) = await CommandLineTests.RunAsync(
            "score", "--model", model!, "--data", Path.Combine(output, "held-out.jsonl"), "--json");

        Assert.True(exit == 0, error);
        var summary = JsonDocument.Parse(lines.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("summary");
        var after = report.GetProperty("heldOut").GetProperty("after");
        foreach (var mean in new[] { "chosen", "rejected", "margin", "accuracy" })
            Assert.Equal(Number(after, mean), Number(summary, mean));
    }

    private async Task A_second_run_gives_the_same_head(JsonElement report)
    {
        var (exit, json, error) = await RunAsync(Path.Combine(_root, "again"));

        Assert.True(exit == 0, error);
        Assert.Equal(report.GetProperty("headDigest").GetString(), JsonDocument.Parse(json).RootElement.GetProperty("headDigest").GetString());
    }

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    // In a process of its own, as a user runs it, with an empty cache of its own.
    private static async Task<(int Exit, string Output, string Error)> RunAsync(string output)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "ComPO.Node.dll"), "quickstart", "--json", "--output", output })
            start.ArgumentList.Add(argument);
        start.Environment["XDG_CACHE_HOME"] = output + "-cache";
        using var process = Process.Start(start)!;
        var (json, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await json, await error);
    }
}
