using ComPO.EndToEnd.Tests.Networks;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

[Trait("Category", "Long")]
public sealed class SlowNetworkTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly string[] Run =
    [
        "--model", RealRun.Model, "--data", Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz"), "--noise-threshold", "50",
        "--iterations", "3", "--perturbations", "2000", "--gate", "0.1",
    ];

    private readonly List<SlowLink> _links = [];

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
            await link.DisposeAsync();
    }

    [Fact]
    public async Task Latency_of_200_ms_and_the_loss_of_one_packet_in_a_hundred_only_slow_a_run_down()
    {
        await using var cluster = new TestCluster(["seed"], linkTo: Link);
        foreach (var node in (string[])["seed", "a", "b"])
            await cluster.StartAsync(node);
        await cluster.StartRunAsync("run", Run);

        var head = await cluster.HeadOfCompletedAsync("run");

        // Two nodes have one connection, whoever called the other.
        Assert.True(_links.Sum(link => link.Bytes) > 100_000);
        output.WriteLine(string.Join(", ", _links.Select(link => $"{link.Bytes} bytes")));
        // Nobody was given up for being slow.
        foreach (var node in cluster.Running)
            Assert.True(cluster.IsUp(node) && !cluster.HasLostItsCluster(node), node);

        await cluster.KillAllAsync();
        Assert.Equal(await UndisturbedRun.HeadAsync(Run), head);
    }

    private int Link(int port)
    {
        var nodePort = FreePorts.Next();
        _links.Add(new SlowLink(port, nodePort));
        return nodePort;
    }
}
