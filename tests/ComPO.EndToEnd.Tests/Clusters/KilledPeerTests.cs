namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>What a node writes when a peer of it is killed: which one is gone, in lines that an operator can read.</summary>
public sealed class KilledPeerTests
{
    [Fact]
    public async Task A_trainer_that_is_killed_is_told_of_in_calm_lines_without_a_stack()
    {
        await using var cluster = new TestCluster(["seed"]);
        await cluster.StartAsync("seed");
        await cluster.StartAsync("trainer");
        await cluster.StartRunAsync("run", LongRun.Options(1000));
        await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() >= 2);

        await cluster.EndAsync("trainer", TestCluster.Kill);
        await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() == 0);

        string[] lines = cluster.LogOf("seed").Split('\n');
        Assert.All(lines, line => Assert.StartsWith("warn: ", line, StringComparison.Ordinal));
        // Akka does not always tell of the connection itself.
        Assert.InRange(lines.Count(line => line.EndsWith("Reason is: [Disassociated]", StringComparison.Ordinal)), 0, 1);
        Assert.DoesNotContain(lines, line => line.Contains("   at ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.EndsWith($"Trainer {cluster.AddressOf("trainer")} left the cluster", StringComparison.Ordinal)
            || line.EndsWith($"Trainer {cluster.AddressOf("trainer")} has said nothing for 8 seconds", StringComparison.Ordinal));
    }
}
