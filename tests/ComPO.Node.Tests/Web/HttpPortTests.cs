using ComPO.Core.Errors;
using ComPO.Node.Web;

namespace ComPO.Node.Tests.Web;

public sealed class HttpPortTests
{
    [Fact]
    public async Task Nodes_that_start_at_once_each_find_a_port()
    {
        using var taken = await HttpPort.TakeAsync(Settings(0), TestContext.Current.CancellationToken);
        var settings = Settings(taken.EndPoint.Port) with { AnyPortWillDo = true };

        var ports = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => HttpPort.TakeAsync(settings, TestContext.Current.CancellationToken))));

        Assert.Distinct(ports.Append(taken).Select(port => port.EndPoint.Port));
        Assert.All(ports, port => port.Dispose());
    }

    [Fact]
    public async Task A_port_that_was_asked_for_and_is_taken_is_refused()
    {
        using var taken = await HttpPort.TakeAsync(Settings(0), TestContext.Current.CancellationToken);
        var port = taken.EndPoint.Port;

        var refusal = await Assert.ThrowsAsync<ClusterUnreachableException>(() => HttpPort.TakeAsync(Settings(port), TestContext.Current.CancellationToken));

        Assert.Contains($"Port {port} of 127.0.0.1 is in use", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--http-port", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_refused()
    {
        // Kept for documentation: no machine has it.
        var elsewhere = Settings(0) with { Hostname = "192.0.2.1" };

        var refusal = await Assert.ThrowsAsync<ClusterUnreachableException>(() => HttpPort.TakeAsync(elsewhere, TestContext.Current.CancellationToken));

        Assert.Contains("--http-hostname", refusal.Message, StringComparison.Ordinal);
    }

    private static HttpSettings Settings(int port) => new() { Hostname = "127.0.0.1", Port = port, AnyPortWillDo = false, AllowedHosts = [] };
}
