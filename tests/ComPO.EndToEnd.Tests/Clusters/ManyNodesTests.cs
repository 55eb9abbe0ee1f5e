using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Same bits: whatever nodes do the work, and whatever becomes of them meanwhile.</summary>
public sealed class ManyNodesTests
{
    private static readonly string[] Run =
    [
        "--model", RealRun.Model, "--data", Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz"), "--offset", "190", "--iterations", "6",
        "--perturbations", "1000", "--gate", "0.1",
    ];

    [Fact]
    [Trait("Invariant", "1 Same bits")]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public async Task Trainers_that_are_killed_paused_and_started_and_a_cluster_that_is_killed_whole_end_with_the_head_of_one_process()
    {
        var expected = await UndisturbedRun.HeadAsync(Run);
        await using var cluster = new TestCluster(["seed"], "compo.probing.block-size = 8");
        await cluster.StartAsync("seed");
        await cluster.StartAsync("a");
        await cluster.StartAsync("b");
        await cluster.StartRunAsync("run", Run);

        // A trainer dies in the middle of an iteration, unless that has just ended, and another comes.
        await cluster.UntilAsync(status => status.GetProperty("perturbationsDone").GetInt32() + status.GetProperty("committed").GetInt32() > 0);
        await cluster.EndAsync("a", TestCluster.Kill);
        await cluster.StartAsync("c");
        await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() >= 2);

        // Everything dies at once; what was committed is there afterwards, and so is the first trainer.
        await cluster.KillAllAsync();
        await cluster.StartAsync("seed");
        await cluster.StartAsync("a");
        var again = await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() >= 2);
        Assert.Equal("run", again.GetProperty("run").GetString());

        // A trainer hangs for longer than the supervisor waits, and comes back; another leaves in good order.
        await cluster.StartAsync("b");
        cluster.Send("a", TestCluster.Pause);
        await cluster.UntilAsync(status => status.GetProperty("nodes").EnumerateArray().Count() == 1);
        cluster.Send("a", TestCluster.Continue);
        await cluster.UntilAsync(status => status.GetProperty("nodes").EnumerateArray().Count() == 2);
        await cluster.EndAsync("b", RunningProcess.Terminate);

        Assert.Equal(expected, await cluster.HeadOfCompletedAsync("run"));
    }
}
