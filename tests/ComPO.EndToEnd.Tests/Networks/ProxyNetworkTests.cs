using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Networks;

public sealed class ProxyNetworkTests
{
    [Fact]
    public async Task What_is_sent_between_hosts_that_are_cut_off_comes_when_they_reach_each_other_again()
    {
        await using var network = new ProxyNetwork();
        var (a, b, c) = (FreePorts.Next(), FreePorts.Next(), FreePorts.Next());
        network.ListeningPortOf("a", a);
        network.ListeningPortOf("c", c);
        using var node = new TcpListener(IPAddress.Loopback, network.ListeningPortOf("b", b));
        node.Start();
        using var fromA = await ConnectAsync(node, a, b);
        using var fromC = await ConnectAsync(node, c, b);

        await network.CutAsync(["a"], ["b", "c"]);
        var held = fromA.ExchangeAsync();
        // Whatever was passed on all the same would have come by the time that this has.
        for (var i = 0; i < 100; i++)
            await fromC.ExchangeAsync();
        Assert.False(held.IsCompleted);

        await network.HealAsync();
        await held;
    }

    [Fact]
    public void Who_calls_is_told_by_the_first_frame()
    {
        Assert.Equal(54321, FirstFrame.CallerOf(Association(54321)));
        Assert.Equal(0, FirstFrame.CallerOf("GET / HTTP/1.1"u8));
    }

    private static async Task<Connection> ConnectAsync(TcpListener node, int caller, int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        var opening = Association(caller);
        await client.GetStream().WriteAsync(opening, TestContext.Current.CancellationToken);
        var accepted = await node.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var arrived = new byte[opening.Length];
        await accepted.GetStream().ReadExactlyAsync(arrived, TestContext.Current.CancellationToken);
        Assert.Equal(opening, arrived);
        return new Connection(client, accepted);
    }

    private static byte[] Association(int port)
    {
        byte[] body = [0x12, 99, 0x0A, 5, .. "ComPO"u8, 0x12, 9, .. Encoding.ASCII.GetBytes("127.0.0.1"), 0x18, (byte)(port | 0x80), (byte)(port >> 7 | 0x80), (byte)(port >> 14)];
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    private sealed record Connection(TcpClient Client, TcpClient Node) : IDisposable
    {
        public async Task ExchangeAsync()
        {
            await Client.GetStream().WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
            await Node.GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        }

        public void Dispose()
        {
            Client.Dispose();
            Node.Dispose();
        }
    }
}
