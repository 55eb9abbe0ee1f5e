using System.Text.Json;
using ComPO.EndToEnd.Tests.Networks;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Networks that come apart: one side goes on, the other stops, and together again they end with the head of one process.</summary>
[Trait("Category", "Long")]
public sealed class PartitionTests
{
    private const int Perturbations = 8000;

    [Fact]
    public async Task Trainers_that_are_cut_off_from_the_only_seed_stop_and_join_again()
    {
        await using var network = await TestNetwork.StartAsync("seed", "a", "b", "c");
        await using var cluster = new TestCluster(["seed"], network: network);
        foreach (var node in (string[])["seed", "a", "b", "c"])
            await cluster.StartAsync(node);
        await cluster.StartRunAsync("run", LongRun.Options(Perturbations));
        await cluster.UntilAsync(status => Committed(status) >= 2);

        // Two trainers against the seed and one: the seed must not be outvoted.
        await network.CutAsync(["a", "b"], ["seed", "c"]);
        await Task.WhenAll(cluster.LineAsync("a", "has lost its cluster and joins again"), cluster.LineAsync("b", "has lost its cluster and joins again"));
        var alone = await cluster.UntilAsync(status => Trainers(status) == 1);
        await AdvancesAsync(cluster, alone);

        await network.HealAsync();
        await AdvancesAsync(cluster, await cluster.UntilAsync(status => Trainers(status) == 3));
        await LongRun.EndAsync(cluster, "run", Perturbations);
    }

    [Fact]
    public async Task A_leading_seed_that_is_cut_off_from_the_majority_stops_while_the_others_go_on()
    {
        string[] seeds = ["seed1", "seed2", "seed3"];
        await using var network = await TestNetwork.StartAsync([.. seeds, "a", "b", PostgresServer.Host]);
        await using var postgres = await PostgresServer.StartAsync(network);
        await using var cluster = new TestCluster(
            seeds, $$"""compo.persistence { journal = postgresql, connection-string = "{{postgres.ConnectionString}}" }""", network: network);
        await Task.WhenAll(seeds.Select(seed => cluster.StartAsync(seed)));
        await cluster.StartAsync("a");
        await cluster.StartAsync("b");
        await cluster.StartRunAsync("run", LongRun.Options(Perturbations));
        var status = await cluster.UntilAsync(status => Committed(status) >= 2);
        var leading = seeds.Single(seed => cluster.AddressOf(seed) == status.GetProperty("supervisor").GetString());

        // Both sides still reach the journal: the side that has to stop must not write to it any more.
        cluster.Contacts = [.. seeds.Where(seed => seed != leading)];
        await network.CutAsync([leading, "a"], [.. cluster.Contacts, "b"]);
        await Task.WhenAll(cluster.LineAsync(leading, "has lost its cluster and joins again"), cluster.LineAsync("a", "has lost its cluster and joins again"));
        var without = await cluster.UntilAsync(status => Trainers(status) == 1);
        await AdvancesAsync(cluster, without);

        await network.HealAsync();
        await AdvancesAsync(cluster, await cluster.UntilAsync(status => Trainers(status) == 2));
        await LongRun.EndAsync(cluster, "run", Perturbations);
    }

    private static async Task AdvancesAsync(TestCluster cluster, JsonElement since) => await cluster.UntilAsync(status => Committed(status) > Committed(since));

    private static int Committed(JsonElement status) => status.GetProperty("committed").GetInt32();

    private static int Trainers(JsonElement status) => status.GetProperty("nodes").EnumerateArray().Count();
}
