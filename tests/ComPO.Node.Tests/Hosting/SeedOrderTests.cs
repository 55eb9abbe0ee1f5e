using Akka.Actor;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.Node.Hosting;

namespace ComPO.Node.Tests.Hosting;

public sealed class SeedOrderTests
{
    private static readonly Address[] Seeds = [AddressOf(1), AddressOf(2), AddressOf(3)];

    [Fact]
    public void Each_attempt_of_a_seed_has_another_seed_first_and_begins_over_after_the_last()
    {
        var seed = Node("seed", 2, Seeds);

        Assert.Equal([1, 2, 3], PortsOf(seed, 0));
        Assert.Equal([2, 1, 3], PortsOf(seed, 1));
        Assert.Equal([3, 1, 2], PortsOf(seed, 2));
        Assert.Equal([1, 2, 3], PortsOf(seed, 3));
        // It is the first in its turn, and so the one that may form a cluster.
        Assert.Equal([false, true, false, false], Enumerable.Range(0, 4).Select(attempt => (seed with { SeedNodes = SeedOrder.Of(seed, attempt) }).IsFirstSeed));
    }

    [Fact]
    public void Whoever_forms_no_cluster_asks_the_seeds_as_they_were_given()
    {
        Assert.Equal([1, 2, 3], PortsOf(Node("trainer", 9, Seeds), 1));
        Assert.Equal([1], PortsOf(Node("seed", 9, Seeds[0]), 1));
        Assert.Empty(PortsOf(Node("seed", 9), 1));
    }

    [Fact]
    public async Task Seeds_whose_first_never_comes_form_the_cluster_without_it_and_let_it_in_when_it_does()
    {
        Address[] seeds = [AddressOf(FreePorts.Next()), AddressOf(FreePorts.Next()), AddressOf(FreePorts.Next())];
        // No cluster of several seeds lets anybody in before most of them are in it, so whoever is up is in one with another.
        var configuration = ConfigurationFactory.ParseString(
            """
            akka.cluster { seed-node-timeout = 2s, shutdown-after-unsuccessful-join-seed-nodes = 8s }
            compo.node { join-interval = 200ms, rejoin-interval = 10ms }
            # Seeds of several share a journal; nobody leads a run here, so nobody need be there to keep it.
            compo.persistence { journal = postgresql, connection-string = "Host=127.0.0.1;Port=1" }
            """);
        using var end = new CancellationTokenSource();
        WrittenLines[] outputs = [new(_ => { }), new(_ => { }), new(_ => { })];
        Task StandAsync(int i) =>
            new StandingNode(Node("seed", seeds[i].Port!.Value, seeds), models: null, configuration, new HostSettings()).RunAsync(outputs[i], TextWriter.Null, end.Token);
        var standing = new List<Task> { StandAsync(1), StandAsync(2) };

        await outputs[1].UntilAsync(lines => lines.Count > 0);
        await outputs[2].UntilAsync(lines => lines.Count > 0);
        standing.Add(StandAsync(0));
        await outputs[0].UntilAsync(lines => lines.Count > 0);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(standing));

        Assert.Equal(seeds.Select(seed => $"ComPO node {seed} [seed] is up"), outputs.SelectMany(output => output.Written));
    }

    private static IEnumerable<int?> PortsOf(NodeOptions node, int attempt) => SeedOrder.Of(node, attempt).Select(seed => seed.Port);

    private static NodeOptions Node(string role, int port, params Address[] seeds) => new() { Roles = [role], Port = port, SeedNodes = seeds };

    private static Address AddressOf(int port) => new("akka.tcp", "ComPO", "127.0.0.1", port);
}
