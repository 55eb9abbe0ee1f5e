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
        await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() == 1);

        await cluster.EndAsync("trainer", TestCluster.Kill);
        await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() == 0);

        string[] lines = cluster.LogOf("seed").Split('\n');
        Assert.All(lines, line => Assert.StartsWith("warn: ", line, StringComparison.Ordinal));
        // Whether it was the first to notice depends on who was about to say something.
        Assert.InRange(lines.Count(line => line.Contains("has failed", StringComparison.Ordinal)), 0, 1);
        Assert.DoesNotContain(lines, line => line.Contains("   at ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.EndsWith($"Trainer {cluster.AddressOf("trainer")} left the cluster", StringComparison.Ordinal)
            || line.EndsWith($"Trainer {cluster.AddressOf("trainer")} has said nothing for 8 seconds", StringComparison.Ordinal));
    }
}
