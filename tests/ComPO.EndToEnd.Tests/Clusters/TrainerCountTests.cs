using System.Globalization;
using System.Text.RegularExpressions;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Same bits: on one, two, three and five trainers, and in blocks of 8 and of 64 perturbations.</summary>
public sealed class TrainerCountTests
{
    private const int Iterations = 2, Perturbations = 2000;

    private static readonly string[] Run =
    [
        "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--offset", "147", "--iterations", $"{Iterations}",
        "--perturbations", $"{Perturbations}", "--gate", "0.01",
    ];

    [Theory]
    [InlineData(8, 1, 5)]
    [InlineData(64, 2, 3)]
    [Trait("Invariant", "1 Same bits")]
    public async Task One_two_three_and_five_trainers_end_with_one_head_whatever_the_size_of_blocks(int blockSize, int few, int many)
    {
        var expected = await UndisturbedRun.HeadAsync(Run);
        // By themselves blocks become as large as devices are fast.
        await using var cluster = new TestCluster(["seed"], $"compo.probing {{ block-size = {blockSize}, block-time = 0s }}");
        var port = FreePorts.Next();
        await cluster.StartAsync("seed", "--http-port", $"{port}");

        var blocks = 0;
        foreach (var trainers in (int[])[few, many])
        {
            await Task.WhenAll(Enumerable.Range(0, trainers).Select(i => $"trainer{i}").Except(cluster.Running).Select(name => cluster.StartAsync(name)));
            await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() == trainers);
            await cluster.StartRunAsync($"run{trainers}", Run);
            Assert.Equal(expected, await cluster.HeadOfCompletedAsync($"run{trainers}"));
            blocks += Iterations * ((Perturbations + blockSize - 1) / blockSize);
            Assert.Equal(blocks, await BlocksAnsweredAsync(port));
            // All of them took part; that one has made the last update too, the run does not wait for.
            string?[] heads = [.. RunLog.Read(cluster.Folder[$"run{trainers}"]).Iterations.Select(line => line.GetProperty("headDigest").GetString())];
            var nodes = (await cluster.UntilAsync(_ => true)).GetProperty("nodes").EnumerateArray();
            Assert.All(nodes, node => Assert.Contains(node.GetProperty("headDigest").GetString(), heads));
        }
        // More processes than cores have computed all the time, and nobody's heartbeats were missed for it.
        Assert.All(cluster.Running, name => Assert.DoesNotContain("unreachable", cluster.LogOf(name), StringComparison.OrdinalIgnoreCase));
    }

    // As the seed tells it to Prometheus, each block once.
    private static async Task<int> BlocksAnsweredAsync(int port)
    {
        using var client = new HttpClient();
        var page = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"), TestContext.Current.CancellationToken);
        return int.Parse(Regex.Match(page, @"^compo_blocks_answered\w*(?:\{[^}]*\})? (\d+)", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
