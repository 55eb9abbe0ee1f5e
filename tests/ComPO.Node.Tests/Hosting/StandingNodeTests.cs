using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.Node.Hosting;

namespace ComPO.Node.Tests.Hosting;

public sealed class StandingNodeTests
{
    private const string Hasty =
        """
        # Enough for a seed that is there to answer on a busy machine.
        akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 10s
        compo.node { join-interval = 200ms, rejoin-interval = 10ms }
        """;

    // Seeds of one cluster share a journal. Nobody starts a run here, so nobody need be there to keep one.
    private const string SharedJournal =
        """

        compo.persistence { journal = postgresql, connection-string = "Host=127.0.0.1;Port=1" }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_node_that_cannot_come_back_says_why_once_for_each_cause_and_comes_back_when_it_can()
    {
        var (seedPort, port) = (FreePorts.Next(), FreePorts.Next());
        var seed = await StartSeedAsync(seedPort);
        using var inTheWay = new TcpListener(IPAddress.Loopback, port);
        // Between its end and its first try to come back, its seed ends too; once it has said that, its port is taken.
        using var output = new WrittenLines(line =>
        {
            if (line.EndsWith("has lost its cluster and joins again", StringComparison.Ordinal))
                seed.DisposeAsync().AsTask().Wait();
        });
        using var error = new WrittenLines(line =>
        {
            if (line.StartsWith("No seed", StringComparison.Ordinal))
                inTheWay.Start();
        });
        using var end = new CancellationTokenSource();
        var options = new NodeOptions { Roles = ["seed"], Port = port, SeedNodes = [seed.Address] };
        var standing = new StandingNode(options, models: null, ConfigurationFactory.ParseString(Hasty + SharedJournal), new HostSettings()).RunAsync(output, error, end.Token);

        var address = AddressOf(port);
        await output.UntilAsync(lines => lines.Count == 1);
        Akka.Cluster.Cluster.Get(seed.System).Down(address);
        await error.UntilAsync(lines => lines.Count == 2);
        // While it tries again and again.
        await using var again = await StartSeedAsync(seedPort);
        inTheWay.Stop();
        await output.UntilAsync(lines => lines.Count == 3);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standing);

        Assert.Equal(
            [$"ComPO node {address} [seed] is up", $"ComPO node {address} has lost its cluster and joins again", $"ComPO node {address} [seed] is up"], output.Written);
        Assert.Equal(
            [
                $"No seed node answered at {seed.Address} within 10 seconds; start a node with --role seed there, or name another with --seed-node.",
                $"Port {port} of 127.0.0.1 is in use by another process; choose another with --port, or 0 for any free one.",
            ],
            error.Written);
    }

    [Fact]
    public async Task A_node_goes_on_trying_to_join_a_cluster_that_answers_but_does_not_let_it_in()
    {
        var (seed, other) = (AddressOf(FreePorts.Next()), AddressOf(FreePorts.Next()));
        // A seed that waits for the first of them lets nobody in.
        var first = StartOneOfSeveralAsync(seed, other, seed);
        await IsListeningAsync(seed);
        using var output = new WrittenLines(_ => { });
        using var error = new WrittenLines(_ => { });
        using var end = new CancellationTokenSource();
        var options = new NodeOptions { Roles = ["seed"], Port = FreePorts.Next(), SeedNodes = [seed] };
        var standing = new StandingNode(options, models: null, ConfigurationFactory.ParseString(Hasty + SharedJournal), new HostSettings()).RunAsync(output, error, end.Token);

        await error.UntilAsync(lines => lines.Count > 0);
        await using var second = await StartOneOfSeveralAsync(other, other, seed);
        await output.UntilAsync(lines => lines.Count == 1);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standing);
        await (await first).DisposeAsync();

        Assert.Equal([$"The cluster of {seed} has not let this node in within 10 seconds, as while one of its members is silent; it tries again."], error.Written);
    }

    [Fact]
    public async Task A_node_that_is_there_before_its_seed_asks_until_the_seed_is_there_too()
    {
        var seed = AddressOf(FreePorts.Next());
        using var output = new WrittenLines(_ => { });
        using var error = new WrittenLines(_ => { });
        using var end = new CancellationTokenSource();
        var options = new NodeOptions { Roles = ["seed"], Port = FreePorts.Next(), SeedNodes = [seed] };
        // How long a first seed would look for others is not how often another asks.
        var configuration = ConfigurationFactory.ParseString("""
            akka.cluster { seed-node-timeout = 1h, shutdown-after-unsuccessful-join-seed-nodes = 3m }
            compo.node.join-interval = 200ms
            """ + SharedJournal);
        var standing = new StandingNode(options, models: null, configuration, new HostSettings()).RunAsync(output, error, end.Token);

        await IsListeningAsync(AddressOf(options.Port));
        await using var late = await StartSeedAsync(seed.Port!.Value);
        await output.UntilAsync(lines => lines.Count == 1);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standing);

        Assert.Empty(error.Written);
    }

    private static async Task IsListeningAsync(Address node)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(node.Host!, node.Port!.Value, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, patience.Token);
            }
        }
    }

    private static Address AddressOf(int port) => new("akka.tcp", "ComPO", "127.0.0.1", port);

    private static Task<ComPONode> StartOneOfSeveralAsync(Address self, params Address[] seeds) => ComPONode.StartAsync(
        new NodeOptions { Roles = ["seed"], Port = self.Port!.Value, SeedNodes = seeds, StateFolder = null }, models: null,
        ConfigurationFactory.ParseString("akka.cluster { seed-node-timeout = 1s, shutdown-after-unsuccessful-join-seed-nodes = 3m }" + SharedJournal), new HostSettings(), CancellationToken.None);

    private static Task<ComPONode> StartSeedAsync(int port) => ComPONode.StartAsync(
        new NodeOptions { Roles = ["seed"], Port = port }, models: null, Config.Empty, new HostSettings(), CancellationToken.None);
}
