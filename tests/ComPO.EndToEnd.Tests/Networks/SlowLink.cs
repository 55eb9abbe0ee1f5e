using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace ComPO.EndToEnd.Tests.Networks;

/// <summary>
/// A long line to a node: what is sent to its port arrives at the node's a while later, in both directions and in order. One packet in a hundred
/// is lost, which TCP shows as a pause until it has come again.
/// </summary>
internal sealed class SlowLink : IAsyncDisposable
{
    private const int PacketBytes = 16 * 1024;

    private readonly TcpListener _listener;
    private readonly int _port;
    private readonly CancellationTokenSource _end = new();
    private readonly Random _losses = new(1);
    private readonly List<List<byte>> _conversations = [];

    /// <param name="port">Where it listens.</param>
    /// <param name="nodePort">Where the node does.</param>
    public SlowLink(int port, int nodePort)
    {
        _port = nodePort;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>How long a packet is under way.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>What was sent to the node, connection by connection.</summary>
    public byte[][] Conversations
    {
        get
        {
            lock (_conversations)
                return [.. _conversations.Select(sent => sent.ToArray())];
        }
    }

    /// <summary>Bytes that have come across.</summary>
    public long Bytes { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            _ = ConnectAsync(client);
        }
    }

    private async Task ConnectAsync(TcpClient client)
    {
        using (client)
        using (var node = new TcpClient())
        {
            await node.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
            var sent = new List<byte>();
            lock (_conversations)
                _conversations.Add(sent);
            // When one side hangs up, so does the other.
            await Task.WhenAny(PassAsync(client.GetStream(), node.GetStream(), sent), PassAsync(node.GetStream(), client.GetStream()));
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, List<byte>? record = null)
    {
        var line = Channel.CreateUnbounded<(DateTime Due, byte[] Packet)>();
        var arriving = ArriveAsync(line.Reader, to);
        var buffer = new byte[PacketBytes];
        while (await from.ReadAsync(buffer, _end.Token) is > 0 and var read)
        {
            if (record is not null)
            {
                lock (_conversations)
                    record.AddRange(buffer.AsSpan(0, read));
            }
            // A lost packet is sent again once its acknowledgement is overdue.
            line.Writer.TryWrite((DateTime.UtcNow + (IsLost() ? 4 : 1) * Delay, buffer[..read]));
        }
        line.Writer.Complete();
        await arriving;
    }

    private async Task ArriveAsync(ChannelReader<(DateTime Due, byte[] Packet)> line, NetworkStream to)
    {
        await foreach (var (due, packet) in line.ReadAllAsync(_end.Token))
        {
            var rest = due - DateTime.UtcNow;
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest, _end.Token);
            await to.WriteAsync(packet, _end.Token);
            Bytes += packet.Length;
        }
    }

    private bool IsLost()
    {
        lock (_losses)
            return _losses.Next(100) == 0;
    }
}
