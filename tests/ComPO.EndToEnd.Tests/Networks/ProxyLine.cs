using System.Net;
using System.Net.Sockets;

namespace ComPO.EndToEnd.Tests.Networks;

/// <summary>
/// A line to a node that passes everything on, in both directions and in order, while the two ends reach each other, and holds it back otherwise,
/// as a network does that drops packets: TCP sends them until they come through. Connections stay open.
/// </summary>
internal sealed class ProxyLine : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _nodePort;
    private readonly Func<int, Task> _openAsync;
    private readonly CancellationTokenSource _end = new();

    /// <param name="port">Where it listens.</param>
    /// <param name="nodePort">Where the node does.</param>
    /// <param name="openAsync">Ends when whoever is reached at a port, and calls, can reach the node.</param>
    public ProxyLine(int port, int nodePort, Func<int, Task> openAsync)
    {
        (_nodePort, _openAsync) = (nodePort, openAsync);
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
            _ = ConnectAsync(await _listener.AcceptTcpClientAsync(_end.Token));
    }

    private async Task ConnectAsync(TcpClient client)
    {
        using (client)
        using (var node = new TcpClient())
        {
            var opening = await FirstFrame.ReadAsync(client.GetStream(), _end.Token);
            var caller = FirstFrame.CallerOf(opening);
            await _openAsync(caller).WaitAsync(_end.Token);
            await node.ConnectAsync(IPAddress.Loopback, _nodePort, _end.Token);
            await node.GetStream().WriteAsync(opening, _end.Token);
            // When one side hangs up, so does the other.
            await Task.WhenAny(PassAsync(client.GetStream(), node.GetStream(), caller), PassAsync(node.GetStream(), client.GetStream(), caller));
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, int caller)
    {
        var buffer = new byte[16 << 10];
        while (await from.ReadAsync(buffer, _end.Token) is > 0 and var read)
        {
            await _openAsync(caller).WaitAsync(_end.Token);
            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }
}
