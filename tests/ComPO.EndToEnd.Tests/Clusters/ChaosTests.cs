using System.Globalization;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Three seeds on PostgreSQL and three trainers, of which one after another is killed, paused, stopped and started while they work.</summary>
[Trait("Category", "Long")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int IterationsBetweenEvents = 2;

    private static readonly string[] Seeds = ["seed1", "seed2", "seed3"];
    private static readonly string[] Trainers = ["trainer1", "trainer2", "trainer3"];

    [Theory]
    [InlineData(1, 24)]
    [InlineData(2, 10)]
    [Trait("Invariant", "1 Same bits")]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public async Task Whatever_happens_to_the_nodes_the_run_completes_with_the_head_of_an_undisturbed_one(int schedule, int events)
    {
        var run = LongRun.Options(iterations: (events + 2) * IterationsBetweenEvents, perturbations: 5000);
        var expected = await TestCluster.UndisturbedHeadAsync(run);
        await using var postgres = await PostgresServer.StartAsync();
        await using var cluster = new TestCluster(Seeds, $$"""
            compo.persistence { journal = postgresql, connection-string = "{{postgres.ConnectionString}}" }
            """);
        await Task.WhenAll(Seeds.Select(seed => cluster.StartAsync(seed)));
        await Task.WhenAll(Trainers.Select(trainer => cluster.StartAsync(trainer)));
        await cluster.StartRunAsync("run", run);

        var disturbances = new Disturbances(cluster, Seeds, Trainers, schedule);
        for (var i = 0; i < events; i++)
        {
            // The run itself is the clock. It is looked at from outside: when a seed's death hides it for a while, the blows that were due fall at once.
            var due = 1 + i * IterationsBetweenEvents;
            var status = await cluster.UntilAsync(status => status.GetProperty("committed").GetInt32() >= due);
            Say($"{status.GetProperty("committed")} iterations: {await disturbances.NextAsync()}");
        }
        disturbances.End();

        Assert.Equal(expected, await cluster.HeadOfCompletedAsync("run"));
    }

    private void Say(string what) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} {what}"));
}
