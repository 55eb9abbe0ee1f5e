using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Who has no business with a node, and sends it what they have drawn, overheard or made up.</summary>
internal sealed class Strangers : IDisposable
{
    private const int Rounds = 60;

    /// <summary>How many connections they make to a port.</summary>
    public const int Connections = 6 * Rounds;

    private readonly Random _draws = new(1);
    private readonly List<TcpClient> _held = [];

    /// <summary>Sends to a port; some connections stay open.</summary>
    /// <param name="port">The port.</param>
    /// <param name="recorded">What somebody else has said there.</param>
    public async Task BesiegeAsync(int port, byte[] recorded)
    {
        for (var i = 0; i < Rounds; i++)
        {
            await SendAsync(port, Bytes(_draws, 4096));
            // Lengths that no frame may have, in either order of bytes.
            await SendAsync(port, [0x7F, 0xFF, 0xFF, 0xFF, .. Bytes(_draws, 64)]);
            await SendAsync(port, [0xFF, 0xFF, 0xFF, 0x7F, .. Bytes(_draws, 64)]);
            await SendAsync(port, recorded);
            await SendAsync(port, Damaged(recorded, _draws));
            // A frame that never ends.
            _held.Add(await SendAsync(port, recorded[..Math.Min(recorded.Length, 7 + i)], keep: true));
        }
    }

    /// <summary>A member of no cluster sends things with Akka's own serializers, which say which type is to be made.</summary>
    /// <param name="address">The node that it calls.</param>
    public static async Task SendForgedAsync(string address)
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

    public void Dispose() => _held.ForEach(client => client.Dispose());

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

    private sealed class Forged
    {
        public string Command { get; init; } = "";

        public object? Next { get; init; }
    }
}
