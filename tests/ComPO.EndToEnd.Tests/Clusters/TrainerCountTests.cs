using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Same bits: on one, two, three and five trainers, and in blocks of 8 and of 64 perturbations.</summary>
public sealed class TrainerCountTests
{
    private static readonly string[] Run =
    [
        "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--offset", "147", "--iterations", "2", "--perturbations", "2000", "--gate", "0.01",
    ];

    [Theory]
    [InlineData(8, 1, 5)]
    [InlineData(64, 2, 3)]
    [Trait("Invariant", "1 Same bits")]
    public async Task One_two_three_and_five_trainers_end_with_one_head_whatever_the_size_of_blocks(int blockSize, int few, int many)
    {
        var expected = await UndisturbedRun.HeadAsync(Run);
        await using var cluster = new TestCluster(["seed"], $"compo.probing.block-size = {blockSize}");
        await cluster.StartAsync("seed");

        foreach (var trainers in (int[])[few, many])
        {
            await Task.WhenAll(Enumerable.Range(0, trainers).Select(i => $"trainer{i}").Except(cluster.Running).Select(name => cluster.StartAsync(name)));
            await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() == trainers);
            await cluster.StartRunAsync($"run{trainers}", Run);
            Assert.Equal(expected, await cluster.HeadOfCompletedAsync($"run{trainers}"));
            // All of them took part; that one has made the last update too, the run does not wait for.
            string?[] heads = [.. RunLog.Read(cluster.Folder[$"run{trainers}"]).Iterations.Select(line => line.GetProperty("headDigest").GetString())];
            var nodes = (await cluster.UntilAsync(_ => true)).GetProperty("nodes").EnumerateArray();
            Assert.All(nodes, node => Assert.Contains(node.GetProperty("headDigest").GetString(), heads));
        }
        // More processes than cores have computed all the time, and nobody's heartbeats were missed for it.
        Assert.All(cluster.Running, name => Assert.DoesNotContain("unreachable", cluster.LogOf(name), StringComparison.OrdinalIgnoreCase));
    }
}
