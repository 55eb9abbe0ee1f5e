using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ComPO.EndToEnd.Tests.Processes;

public sealed class OpenSocketsTests
{
    [Fact]
    public async Task A_node_that_is_told_nothing_else_can_be_reached_from_its_own_machine_alone()
    {
        await using var node = Programs.StartNode("--role", "seed,trainer", "--port", "0");
        var up = await node.LineAsync(line => line.EndsWith("is up", StringComparison.Ordinal));

        var open = OpenSockets.Of(node.Id);

        Assert.All(open, socket => Assert.True(IPAddress.IsLoopback(socket.Address), $"It can be reached at {socket}: {up}"));
        // Where nodes and consoles call, and browsers: both are among them.
        Assert.Subset(open.Select(socket => socket.Port).ToHashSet(), Ports(up).ToHashSet());
        Assert.Equal(2, Ports(up).Count());
    }

    [Fact]
    public void Sockets_that_the_whole_network_reaches_are_seen_as_such()
    {
        using var old = new TcpListener(IPAddress.Any, 0);
        using var dual = TcpListener.Create(0);
        using var datagrams = new UdpClient(0, AddressFamily.InterNetwork);
        old.Start();
        dual.Start();

        Assert.Subset(
            OpenSockets.Of(Environment.ProcessId).ToHashSet(),
            new[] { old.LocalEndpoint, dual.LocalEndpoint, datagrams.Client.LocalEndPoint! }.Cast<IPEndPoint>().ToHashSet());
    }

    private static IEnumerable<int> Ports(string up) =>
        Regex.Matches(up, @"://\S+?:(\d+)").Select(port => int.Parse(port.Groups[1].Value, CultureInfo.InvariantCulture));
}
