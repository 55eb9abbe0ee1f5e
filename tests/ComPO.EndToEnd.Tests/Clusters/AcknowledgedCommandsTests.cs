using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A command that was acknowledged is in the journal, whatever becomes of the node in the next moment.</summary>
public sealed class AcknowledgedCommandsTests
{
    [Fact]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public async Task Pause_resume_and_stop_outlast_a_kill_that_comes_right_after_their_acknowledgement()
    {
        await using var cluster = new TestCluster(["seed"], seedRoles: "seed,trainer");
        await cluster.StartAsync("seed");
        await cluster.StartRunAsync(
            "run", "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--iterations", "100000", "--perturbations", "2000");
        await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() > 0);

        await CommandAndKillAsync(cluster, "pause");
        var paused = await cluster.UntilAsync(status => status.GetProperty("phase").GetString() == "paused");
        Assert.Equal("An operator has paused it.", paused.GetProperty("paused").GetString());

        await CommandAndKillAsync(cluster, "resume");
        var committed = paused.GetProperty("committed").GetInt32();
        await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() > committed);

        await CommandAndKillAsync(cluster, "stop");
        var stopped = await cluster.UntilAsync(status => status.GetProperty("hasEnded").GetBoolean());
        Assert.Equal("stopped", stopped.GetProperty("phase").GetString());
        Assert.True(stopped.GetProperty("committed").GetInt32() > committed);
    }

    [Fact]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public async Task A_start_outlasts_a_kill_that_comes_right_after_its_acknowledgement()
    {
        await using var cluster = new TestCluster(["seed"], seedRoles: "seed,trainer");
        await cluster.StartAsync("seed");

        await cluster.StartRunAtOnceAsync("seed", "run", [.. LongRun.Options(1000)]);
        await cluster.EndAsync("seed", TestCluster.Kill);
        await cluster.StartAsync("seed");

        var status = await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() > 0);
        Assert.Equal("run", status.GetProperty("run").GetString());
    }

    [Fact]
    [Trait("Category", "Long")]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public async Task On_PostgreSQL_the_next_leader_knows_of_a_start_that_was_just_acknowledged_and_the_run_outlasts_the_end_of_all_nodes()
    {
        const int perturbations = 1000;
        string[] seeds = ["seed1", "seed2", "seed3"];
        await using var postgres = await PostgresServer.StartAsync();
        await using var cluster = new TestCluster(seeds, $$"""
            compo.persistence { journal = postgresql, connection-string = "{{postgres.ConnectionString}}" }
            """);
        await Task.WhenAll(((string[])[.. seeds, "trainer"]).Select(node => cluster.StartAsync(node)));
        var leading = (await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() == 1)).GetProperty("supervisor").GetString();
        var leader = seeds.Single(seed => cluster.AddressOf(seed) == leading);

        await cluster.StartRunAtOnceAsync(leader, "run", LongRun.Options(perturbations));
        await cluster.EndAsync(leader, TestCluster.Kill);
        var committed = await CommittedAsync(cluster, 1);

        await cluster.KillAllAsync();
        await Task.WhenAll(((string[])[.. seeds, "trainer"]).Select(node => cluster.StartAsync(node)));
        await CommittedAsync(cluster, committed + 1);
        await LongRun.EndAsync(cluster, "run", perturbations);
    }

    private static async Task<int> CommittedAsync(TestCluster cluster, int least)
    {
        var status = await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() >= least);
        Assert.Equal("run", status.GetProperty("run").GetString());
        return status.GetProperty("committed").GetInt32();
    }

    private static async Task CommandAndKillAsync(TestCluster cluster, string command)
    {
        (await cluster.AdminAsync(command)).Succeeded();
        await cluster.EndAsync("seed", TestCluster.Kill);
        await cluster.StartAsync("seed");
    }
}
