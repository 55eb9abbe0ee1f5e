using System.Net.Sockets;
using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Whatever strangers send to a node's port while it works, the run ends as if they had not, and the log stays short.</summary>
public sealed class StrangersTests(ITestOutputHelper output)
{
    private const int Connections = 60;
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

        await SendForgedAsync(cluster.AddressOf("seed"));
        var draws = new Random(1);
        List<TcpClient> held = [];
        // Where the seed listens, to other nodes and to browsers, and where a trainer does.
        foreach (var port in (int[])[seed, ports[cluster.PortOf("trainer")].Own, http])
        {
            for (var i = 0; i < Connections; i++)
            {
                await SendAsync(port, Bytes(draws, 4096));
                // Lengths that no frame may have, in either order of bytes.
                await SendAsync(port, [0x7F, 0xFF, 0xFF, 0xFF, .. Bytes(draws, 64)]);
                await SendAsync(port, [0xFF, 0xFF, 0xFF, 0x7F, .. Bytes(draws, 64)]);
                await SendAsync(port, recorded);
                await SendAsync(port, Damaged(recorded, draws));
                // A frame that never ends.
                held.Add(await SendAsync(port, recorded[..Math.Min(recorded.Length, 7 + i)], keep: true));
            }
        }
        Assert.False((await cluster.UntilAsync(_ => true)).GetProperty("hasEnded").GetBoolean());

        Assert.Equal(expected, await cluster.HeadOfCompletedAsync("run"));
        held.ForEach(client => client.Dispose());
        foreach (var node in cluster.Running)
        {
            var lines = cluster.LogOf(node).Split('\n').Length;
            output.WriteLine($"{node}: {6 * Connections} connections to each of its ports, {lines} lines in the log");
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

    private static byte[] Bytes(Random draws, int count)
    {
        var bytes = new byte[count];
        draws.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Damaged(byte[] recorded, Random draws)
    {
        var damaged = recorded.ToArray();
        for (var i = 0; i < 8; i++)
            damaged[draws.Next(damaged.Length)] ^= (byte)draws.Next(1, 256);
        return damaged;
    }

    private static async Task<TcpClient> SendAsync(int port, byte[] bytes, bool keep = false)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        try
        {
            await client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // It hung up at the first bytes.
        }
        if (!keep)
            client.Dispose();
        return client;
    }

    // What a console says when it has a run stopped, byte for byte.
    private async Task<byte[]> RecordStopAsync(TestCluster cluster, SlowLink link)
    {
        await cluster.StartRunAsync("earlier", [.. Run, "--offset", "500"]);
        (await cluster.AdminAsync("stop")).Succeeded();
        await cluster.UntilAsync(status => status.GetProperty("hasEnded").GetBoolean());
        var recorded = Assert.Single(link.Conversations, sent => sent.AsSpan().IndexOf("admin.stop"u8) >= 0);
        output.WriteLine($"{recorded.Length} bytes stop a run");
        return recorded;
    }

    // A member of no cluster, with Akka's own serializers, which say which type is to be made.
    private static async Task SendForgedAsync(string address)
    {
        using var stranger = ActorSystem.Create("ComPO", ConfigurationFactory.ParseString(
            """
            akka {
              actor.provider = remote
              remote.dot-netty.tcp {
                hostname = "127.0.0.1"
                port = 0
              }
              loggers = []
              loglevel = OFF
              stdout-loglevel = OFF
            }
            """));
        foreach (var path in (string[])["/user/admin", "/user/node", "/user/blobs", "/user/supervisor/singleton", "/system/receptionist", "/system/cluster/core/daemon", "/user/nobody"])
        {
            ICanTell[] ways = [stranger.ActorSelection(address + path), ((ExtendedActorSystem)stranger).Provider.ResolveActorRef(address + path)];
            foreach (var way in ways)
            {
                way.Tell(new Forged { Command = "rm", Next = new Forged() }, ActorRefs.NoSender);
                way.Tell("text", ActorRefs.NoSender);
                way.Tell(Kill.Instance, ActorRefs.NoSender);
                way.Tell(PoisonPill.Instance, ActorRefs.NoSender);
            }
        }
        // Answered after all of these have been read.
        var store = await stranger.ActorSelection(address + "/user/blobs").Ask<ActorIdentity>(
            new Identify(1), TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.NotNull(store.Subject);
        await stranger.Terminate();
    }

    private sealed class Forged
    {
        public string Command { get; init; } = "";

        public object? Next { get; init; }
    }
}
