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

    private static async Task CommandAndKillAsync(TestCluster cluster, string command)
    {
        (await cluster.AdminAsync(command)).Succeeded();
        await cluster.EndAsync("seed", TestCluster.Kill);
        await cluster.StartAsync("seed");
    }
}
