using System.IO.Hashing;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Safetensors;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

[Collection(OneNode.Name)]
public sealed class ExportTests(RunningNode node) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Models_of_a_run_that_goes_on_and_is_over_are_those_that_its_log_gives()
    {
        (await node.AdminAsync(
            "start", "--run", "exported", "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--iterations", "100000", "--perturbations", "400",
            "--output", _folder["run"], "--json")).Succeeded();
        var watching = node.StartAdmin("watch");
        await watching.LineAsync(line => line.TrimStart().StartsWith("2  row", StringComparison.Ordinal));

        var running = (await node.AdminAsync("export", "--output", _folder["running"], "--json")).Succeeded().Json;
        Assert.Equal(["run", "iteration", "headDigest", "path", "trainer", "headOnly", "survivingShare"], RunLog.NamesOf(running));
        Assert.Equal(
            ("exported", _folder["running"], node.Address), (running.GetProperty("run").GetString(), running.GetProperty("path").GetString(), running.GetProperty("trainer").GetString()));
        var iteration = running.GetProperty("iteration").GetInt32();
        (await node.AdminAsync("stop")).Succeeded();
        (await Programs.EndAsync(watching)).Succeeded();

        // What a trainer held, rebuilt from the log.
        var log = RunLog.Read(_folder["run"]);
        Assert.Equal(log.Iterations[iteration - 1].GetProperty("headDigest").GetString(), running.GetProperty("headDigest").GetString());
        (await node.AdminAsync("export", "--output", _folder["rebuilt"], "--iteration", $"{iteration}")).Succeeded();
        AssertAlike(_folder["running"], _folder["rebuilt"]);
        // Loaded and scored with; what replay rebuilds is the same to the last byte.
        (await Programs.NodeAsync("score", "--model", _folder["rebuilt"], "--data", RealRun.Pairs, "--limit", "2", "--json")).Succeeded();
        (await node.AdminAsync("export", "--output", _folder["last"])).Succeeded();
        var replayed = await Programs.NodeAsync("replay", "--log", Path.Combine(_folder["run"], "run.jsonl"), "--model", RealRun.Model, "--output", _folder["replayed"], "--json");
        Assert.True(replayed.ExitCode == 0, replayed.Error);
        AssertAlike(_folder["replayed"], _folder["last"]);

        var head = (await node.AdminAsync("export", "--output", _folder["head"], "--iteration", "1", "--head-only", "--json")).Succeeded().Json;
        Assert.Equal(Path.Combine(_folder["head"], "lm_head.safetensors"), head.GetProperty("path").GetString());
        var bytes = File.ReadAllBytes(head.GetProperty("path").GetString()!);
        var tensor = Assert.Single(SafetensorsHeader.Parse(bytes).Tensors);
        Assert.Equal(("lm_head.weight", TensorType.Float32), (tensor.Name, tensor.Type));
        Assert.Equal(log.Iterations[0].GetProperty("headDigest").GetString(), Convert.ToHexStringLower(XxHash128.Hash(bytes.AsSpan(^(int)tensor.SizeBytes..))));
        (await node.AdminAsync("export", "--output", _folder["head"])).Refused(8, _folder["head"], "not empty", "--output");
        (await node.AdminAsync("export", "--output", _folder["none"], "--iteration", "100000")).Refused(5, "exported", "100000");
    }

    [Fact]
    public async Task An_export_for_which_the_disk_is_too_small_is_refused_and_leaves_nothing_of_it()
    {
        // The head alone has room, the model of 1.1 MB has not.
        using var disk = new SmallDisk(512 << 10);
        (await node.AdminAsync(
            "start", "--run", "small", "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--iterations", "2", "--perturbations", "400",
            "--output", _folder["run"], "--wait", "--json")).Succeeded();

        (await node.AdminAsync("export", "--output", disk["model"])).Refused(8, node.Address, disk["model"]);

        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
        (await node.AdminAsync("export", "--output", disk["model"], "--head-only")).Succeeded();
    }

    private static void AssertAlike(string first, string second)
    {
        var names = Directory.GetFiles(first).Select(file => Path.GetFileName(file)).Order().ToArray();
        Assert.Equal(names, Directory.GetFiles(second).Select(file => Path.GetFileName(file)).Order());
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(first, name)), File.ReadAllBytes(Path.Combine(second, name))));
    }
}
