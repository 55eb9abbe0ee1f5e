using System.Globalization;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Three seeds on PostgreSQL and three trainers, of which one after another is killed, paused, stopped and started while they work.</summary>
[Trait("Category", "Long")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int IterationsBetweenEvents = 2, EventsBetweenCommands = 6, Perturbations = 1000;

    private static readonly string[] Seeds = ["seed1", "seed2", "seed3"];
    private static readonly string[] Trainers = ["trainer1", "trainer2", "trainer3"];

    [Theory]
    [InlineData(1, 20)]
    [InlineData(2, 6)]
    [Trait("Invariant", "1 Same bits")]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public async Task Whatever_happens_to_the_nodes_the_run_goes_on_and_has_the_head_of_an_undisturbed_one(int schedule, int events)
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var cluster = new TestCluster(Seeds, $$"""
            compo.persistence { journal = postgresql, connection-string = "{{postgres.ConnectionString}}" }
            """);
        await Task.WhenAll(Seeds.Select(seed => cluster.StartAsync(seed)));
        await Task.WhenAll(Trainers.Select(trainer => cluster.StartAsync(trainer)));
        await cluster.StartRunAsync("run", LongRun.Options(Perturbations));

        // The run itself is the clock.
        var disturbances = new Disturbances(cluster, Seeds, Trainers, schedule);
        var committed = 0;
        for (var i = 0; i < events; i++)
        {
            committed = await CommittedAsync(cluster, committed + IterationsBetweenEvents);
            var isCommanded = i % EventsBetweenCommands == 0;
            if (isCommanded)
                await cluster.CommandAsync("pause", "--run", "run");
            Say($"{committed} iterations: {await disturbances.NextAsync()}");
            if (!isCommanded)
                continue;
            // What was acknowledged holds, whoever leads by now.
            await cluster.UntilAsync(status => status.GetProperty("phase").GetString() == "paused");
            await cluster.CommandAsync("resume", "--run", "run");
        }
        disturbances.End();
        await CommittedAsync(cluster, committed + IterationsBetweenEvents);

        await LongRun.EndAsync(cluster, "run", Perturbations);
        // Another draw must not spare those that lead.
        Say($"seeds were struck {disturbances.SeedStrikes} times");
        Assert.InRange(disturbances.SeedStrikes, 1, events);
    }

    private static async Task<int> CommittedAsync(TestCluster cluster, int least) =>
        (await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() >= least)).GetProperty("committed").GetInt32();

    private void Say(string what) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} {what}"));
}
