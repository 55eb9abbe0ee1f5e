using System.Globalization;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Three seeds on PostgreSQL and some trainers, of which one after another is killed, paused, stopped and started at random.</summary>
[Trait("Category", "Long")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Events = 24;

    private static readonly string[] Seeds = ["seed1", "seed2", "seed3"];
    private static readonly string[] Trainers = ["trainer1", "trainer2", "trainer3"];

    private static readonly string[] Run =
    [
        "--model", RealRun.Model, "--data", Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz"), "--offset", "190", "--iterations", "40",
        "--perturbations", "3000", "--gate", "0.1",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_happens_to_the_nodes_the_run_completes_with_the_head_of_an_undisturbed_one(int schedule)
    {
        var expected = await UndisturbedAsync();
        await using var postgres = await PostgresServer.StartAsync();
        await using var cluster = new TestCluster(Seeds, $$"""
            compo.persistence { journal = postgresql, connection-string = "{{postgres.ConnectionString}}" }
            """);
        foreach (var seed in Seeds)
            await cluster.StartAsync(seed);
        foreach (var trainer in Trainers)
            await cluster.StartAsync(trainer);
        await cluster.StartRunAsync("run", Run);

        var draws = new Random(schedule);
        for (var i = 0; i < Events; i++)
            await DisturbAsync(cluster, draws);

        Assert.Equal(expected, await cluster.HeadOfCompletedAsync("run", minutes: 10));
    }

    private async Task DisturbAsync(TestCluster cluster, Random draws)
    {
        var down = Seeds.Concat(Trainers).Except(cluster.Running).ToArray();
        // Two of three seeds are a majority, and somebody has to compute: beyond that anything may be down.
        var victims = cluster.Running.Where(name => Seeds.Contains(name)
            ? !down.Any(Seeds.Contains)
            : down.Count(Trainers.Contains) < Trainers.Length - 1).ToArray();
        var what = draws.Next(down.Length > 0 ? 5 : 4);
        var victim = victims[draws.Next(victims.Length)];
        var pause = TimeSpan.FromSeconds(draws.Next(1, 12));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} {what} {victim} {pause.TotalSeconds:0} s; down: {string.Join(' ', down)}"));
        switch (what)
        {
            case 0 or 1:
                await cluster.EndAsync(victim, TestCluster.Kill);
                break;
            case 2:
                await cluster.EndAsync(victim, RunningProcess.Terminate);
                break;
            case 3:
                cluster.Send(victim, TestCluster.Pause);
                await Task.Delay(pause, TestContext.Current.CancellationToken);
                cluster.Send(victim, TestCluster.Continue);
                break;
            default:
                cluster.Launch(down[draws.Next(down.Length)]);
                break;
        }
        // Two hard blows to seeds in a row would take their majority: the cluster gets the time to notice the first.
        var rest = Seeds.Contains(victim) && what < 4 ? 30 : draws.Next(1, 4);
        await Task.Delay(TimeSpan.FromSeconds(rest), TestContext.Current.CancellationToken);
        if (Seeds.Contains(victim) && what < 3)
            cluster.Launch(victim);
    }

    private static async Task<string> UndisturbedAsync()
    {
        await using var cluster = new TestCluster(["seed"], seedRoles: "seed,trainer");
        await cluster.StartAsync("seed");
        await cluster.StartRunAsync("run", Run);
        return await cluster.HeadOfCompletedAsync("run");
    }
}
