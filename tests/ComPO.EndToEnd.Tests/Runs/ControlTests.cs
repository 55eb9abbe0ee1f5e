using System.Text.Json;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

[Collection(OneNode.Name)]
public sealed class ControlTests(RunningNode node) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_is_seen_kept_from_others_and_stopped_with_what_it_committed()
    {
        var started = (await StartEndlessAsync("endless")).Succeeded().Json;
        Assert.NotEqual("starting", started.GetProperty("status").GetProperty("phase").GetString());

        var status = (await node.AdminAsync("status", "--json")).Succeeded().Json;
        Assert.Equal(("endless", 100_000, false), (status.GetProperty("run").GetString(), status.GetProperty("iterations").GetInt32(), status.GetProperty("hasEnded").GetBoolean()));
        Assert.Equal(node.Address, status.GetProperty("nodes")[0].GetProperty("address").GetString());
        Assert.True((await StartEndlessAsync("endless")).Succeeded().Json.GetProperty("alreadyKnown").GetBoolean());
        (await StartEndlessAsync("second")).Refused(5, "endless", "active", "stop");
        Assert.False(Directory.Exists(_folder["second"]));
        (await node.AdminAsync("stop", "--run", "second")).Refused(5, "second", "endless");

        var watching = node.StartAdmin("watch");
        await watching.LineAsync(line => line.TrimStart().StartsWith("2  row", StringComparison.Ordinal));
        var stopping = (await node.AdminAsync("stop", "--json")).Succeeded().Json;
        Assert.Equal("endless", stopping.GetProperty("run").GetString());
        Assert.True(stopping.GetProperty("committed").GetInt32() >= 3);
        var watched = (await Programs.EndAsync(watching)).Succeeded();
        Assert.Contains("Run endless was stopped after", watched.Output, StringComparison.Ordinal);

        var log = RunLog.Read(_folder["endless"]);
        Assert.InRange(log.Iterations.Length, stopping.GetProperty("committed").GetInt32(), stopping.GetProperty("committed").GetInt32() + 1);
        Assert.True(File.Exists(Path.Combine(_folder["endless"], "model", "model.safetensors")));
        using var result = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder["endless"], "result.json")));
        Assert.Equal("stopped", result.RootElement.GetProperty("outcome").GetString());
        (await node.AdminAsync("stop")).Refused(5, "No run is active");
    }

    [Fact]
    public async Task Ctrl_C_ends_the_waiting_and_not_the_run()
    {
        var waiting = node.StartAdmin([.. Endless("waited"), "--wait"]);
        await waiting.LineAsync(line => line.Contains("row", StringComparison.Ordinal));

        waiting.Send(RunningProcess.Interrupt);

        (await Programs.EndAsync(waiting)).Refused(130, "waited", "goes on");
        var status = (await node.AdminAsync("status", "--json")).Succeeded().Json;
        Assert.Equal(("waited", false), (status.GetProperty("run").GetString(), status.GetProperty("hasEnded").GetBoolean()));
        (await node.AdminAsync("stop")).Succeeded();
        (await node.AdminAsync("watch")).Succeeded();
    }

    [Fact]
    public async Task A_dry_run_says_what_would_run_and_leaves_nothing()
    {
        var plan = (await node.AdminAsync([.. Endless("planned"), "--iterations", "3", "--dry-run", "--json"])).Succeeded().Json;

        Assert.Equal(
            [
                "pairsFound", "rowsScanned", "skipped", "iterations", "perturbations", "vocabularySize", "hiddenSize", "memoryBytesPerNode", "diskBytes",
                "estimatedSeconds", "nodes", "settings",
            ],
            RunLog.NamesOf(plan));
        Assert.Equal((3, 3, 1800), (plan.GetProperty("pairsFound").GetInt32(), plan.GetProperty("iterations").GetInt32(), plan.GetProperty("perturbations").GetInt32()));
        Assert.Equal((512, 64), (plan.GetProperty("vocabularySize").GetInt32(), plan.GetProperty("hiddenSize").GetInt32()));
        // The model alone, and a copy of it with a head of its own.
        Assert.True(plan.GetProperty("memoryBytesPerNode").GetInt64() > 1_000_000 && plan.GetProperty("diskBytes").GetInt64() > 1_100_000);
        Assert.InRange(plan.GetProperty("estimatedSeconds").GetDouble(), 0.01, 600);
        Assert.False(Directory.Exists(_folder["planned"]));
    }

    private Task<Ended> StartEndlessAsync(string name) => node.AdminAsync([.. Endless(name), "--json"]);

    private string[] Endless(string name) =>
    [
        "start", "--run", name, "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--output", _folder[name],
        .. name == "planned" ? (string[])[] : ["--iterations", "100000"],
    ];
}
