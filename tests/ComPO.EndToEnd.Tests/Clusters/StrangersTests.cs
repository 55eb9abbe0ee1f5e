using System.Net.Sockets;
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
        var expected = await TestCluster.UndisturbedHeadAsync(Run);
        await using var cluster = new TestCluster(["seed"], seedRoles: "seed,trainer");
        await cluster.StartAsync("seed");
        var port = new Uri(cluster.AddressOf("seed").Replace("akka.tcp://ComPO@", "tcp://", StringComparison.Ordinal)).Port;
        var recorded = await RecordConsoleAsync(port);
        await cluster.StartRunAsync("run", Run);

        await SendForgedAsync(cluster.AddressOf("seed"));
        var draws = new Random(1);
        List<TcpClient> held = [];
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
        Assert.False((await cluster.UntilAsync(_ => true)).GetProperty("hasEnded").GetBoolean());

        Assert.Equal(expected, await cluster.HeadOfCompletedAsync("run"));
        held.ForEach(client => client.Dispose());
        var lines = cluster.LogOf("seed").Split('\n').Length;
        output.WriteLine($"{6 * Connections} connections, {lines} lines in the log");
        Assert.InRange(lines, 1, MostLines);
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

    // What a console says when it asks for the status, byte for byte.
    private static async Task<byte[]> RecordConsoleAsync(int port)
    {
        var ear = TestCluster.FreePort();
        await using var link = new SlowLink(ear, port) { Delay = TimeSpan.Zero };
        // The address of the port it listens at is not the node's own, so the node does not answer; but all has been said by then.
        await Programs.AdminAsync("status", "--contact", $"akka.tcp://ComPO@127.0.0.1:{ear}");
        return link.Sent;
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
            new Identify(1), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.NotNull(store.Subject);
        await stranger.Terminate();
    }

    private sealed class Forged
    {
        public string Command { get; init; } = "";

        public object? Next { get; init; }
    }
}
