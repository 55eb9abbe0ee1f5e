using System.Text.Json;
using ComPO.EndToEnd.Tests.Networks;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Whatever strangers send to a node's port while it works, the run ends as if they had not, and the log stays short.</summary>
public sealed class StrangersTests(ITestOutputHelper output)
{
    private const int MostLines = 200;

    private static readonly string[] Run =
    [
        "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--iterations", "12", "--perturbations", "4000", "--gate", "0.1",
    ];

    [Fact]
    public async Task Random_bytes_huge_frames_half_frames_replays_and_forged_messages_change_nothing()
    {
        var expected = await UndisturbedRun.HeadAsync(Run);
        var ports = new Dictionary<int, (SlowLink Link, int Own)>();
        await using var cluster = new TestCluster(["seed"], seedRoles: "seed,trainer", linkTo: port =>
        {
            var own = FreePorts.Next();
            ports[port] = (new SlowLink(port, own) { Delay = TimeSpan.Zero }, own);
            return own;
        });
        var http = FreePorts.Next();
        await cluster.StartAsync("seed", "--http-port", $"{http}");
        await cluster.StartAsync("trainer", "--body", "no");
        var (link, seed) = ports[cluster.PortOf("seed")];
        var recorded = await RecordStopAsync(cluster, link);
        await cluster.StartRunAsync("run", Run);

        using var strangers = new Strangers();
        foreach (var node in (string[])["seed", "trainer"])
            await Strangers.SendForgedAsync(cluster.AddressOf(node));
        // Where the seed listens, to other nodes and to browsers, and where a trainer does.
        foreach (var port in (int[])[seed, ports[cluster.PortOf("trainer")].Own, http])
            await strangers.BesiegeAsync(port, recorded);
        Assert.False((await cluster.UntilAsync(_ => true)).GetProperty("hasEnded").GetBoolean());

        Assert.Equal(expected, await cluster.HeadOfCompletedAsync("run"));
        foreach (var node in cluster.Running)
        {
            var lines = cluster.LogOf(node).Split('\n').Length;
            output.WriteLine($"{node}: {Strangers.Connections} connections to each of its ports, {lines} lines in the log");
            Assert.InRange(lines, 1, MostLines);
        }
        IsCounted(await cluster.UntilAsync(_ => true), cluster.AddressOf("trainer"), cluster.Folder["run"]);
        foreach (var (other, _) in ports.Values)
            await other.DisposeAsync();
    }

    // What a trainer without a body says to have fetched, against the files and lines of the run: nothing that strangers sent is in it.
    private static void IsCounted(JsonElement status, string trainer, string run)
    {
        var received = status.GetProperty("nodes").EnumerateArray().Single(node => node.GetProperty("address").GetString() == trainer).GetProperty("received");
        var features = Directory.GetFiles(Path.Combine(run, "features")).Sum(file => new FileInfo(file).Length);
        // Of a pair that the seed's own devices have done alone it need not have the features, nor of an update that it has made with a head every byte.
        Assert.InRange(received.GetProperty("featureBytes").GetInt64(), features / 12, features);
        var entries = RunLog.Read(run).Iterations.Sum(line => line.GetProperty("nonzero").ValueKind == JsonValueKind.Number ? line.GetProperty("nonzero").GetInt64() : 0);
        Assert.InRange(received.GetProperty("updateBytes").GetInt64(), 1, 5 * entries);
    }

    // What a console says that does nothing but have a run stopped, byte for byte.
    private async Task<byte[]> RecordStopAsync(TestCluster cluster, SlowLink link)
    {
        await cluster.StartRunAsync("earlier", [.. Run, "--offset", "500"]);
        (await Programs.AdminAsync("stop", "--contact", cluster.AddressOf("seed"))).Succeeded();
        await cluster.UntilAsync(status => status.GetProperty("hasEnded").GetBoolean());
        var recorded = Assert.Single(link.Conversations, sent => sent.AsSpan().IndexOf("admin.stop"u8) >= 0);
        output.WriteLine($"{recorded.Length} bytes stop a run");
        return recorded;
    }
}
