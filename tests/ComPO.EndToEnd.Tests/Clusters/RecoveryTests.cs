using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>What a node's death costs a long iteration: no outcome that was reported, no line of whoever watches, and so much time as is printed here.</summary>
[Trait("Category", "Long")]
public sealed class RecoveryTests(ITestOutputHelper output)
{
    // Iterations that last, so that nodes die in the middle of one.
    private const int Perturbations = 80_000;

    [Fact]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public async Task Neither_a_trainer_s_death_nor_the_supervisor_s_loses_an_outcome_that_was_reported()
    {
        string[] seeds = ["seed1", "seed2", "seed3"];
        await using var postgres = await PostgresServer.StartAsync();
        await using var cluster = new TestCluster(
            seeds, $$"""compo.persistence { journal = postgresql, connection-string = "{{postgres.ConnectionString}}" }""");
        // Nobody is let in before most seeds are there.
        await Task.WhenAll(seeds.Select(seed => cluster.StartAsync(seed)));
        await cluster.StartAsync("a");
        await cluster.StartRunAsync("run", [.. LongRun.Options(Perturbations), "--offset", "4"]);
        await cluster.UntilAsync(status => Done(status) > 1000);

        // One that joins meanwhile.
        var clock = Stopwatch.StartNew();
        await cluster.StartAsync("b");
        await cluster.UntilAsync(status => Working(status) == 2);
        Say($"A trainer that joins has done its first block {clock.Elapsed.TotalSeconds:0.0} s after its process was started");

        // A trainer: its blocks are out again as soon as it has been silent for a while, and the other goes on meanwhile.
        var before = await cluster.UntilAsync(_ => true);
        await cluster.EndAsync("a", TestCluster.Kill);
        clock.Restart();
        var without = await cluster.UntilAsync(status => status.GetProperty("nodes").GetArrayLength() == 1);
        Assert.InRange(Done(without), Done(before), int.MaxValue);
        await cluster.UntilAsync(status => Done(status) > Done(without));
        Say($"A killed trainer's blocks are others' to do, and more have been done, after {clock.Elapsed.TotalSeconds:0.0} s");

        // The supervisor's node, which a console that watches the run is connected to.
        before = await cluster.UntilAsync(_ => true);
        var leading = seeds.Single(seed => cluster.AddressOf(seed) == before.GetProperty("supervisor").GetString());
        await using var watch = Programs.StartAdmin("watch", "--json", "--contact", cluster.AddressOf(leading));
        await watch.LineAsync(_ => true);
        before = await cluster.UntilAsync(status => InThisIteration(status) > 1000);
        await cluster.EndAsync(leading, TestCluster.Kill);
        clock.Restart();
        cluster.Contacts = [.. seeds.Where(seed => seed != leading)];
        // A supervisor that has read the journal but has no trainer yet tells of no iteration under way.
        var after = await cluster.UntilAsync(status => InThisIteration(status) > 0);
        Assert.InRange(Done(after), Done(before), int.MaxValue);
        await cluster.UntilAsync(status => Done(status) > Done(after));
        Say($"After the death of the supervisor's node outcomes are reported again after {clock.Elapsed.TotalSeconds:0.0} s; it knew of {Done(before)}, and of {Done(after)} at least when it was back");

        // The console has turned to another seed, and tells the run to its end.
        var (iterations, head) = await cluster.StopRunAsync("run");
        var told = new Ended(await watch.ExitCodeAsync(), watch.Output, watch.Error).Succeeded().JsonLines;
        Assert.Equal(Enumerable.Range(0, iterations), told[..^1].Select(line => line.GetProperty("iteration").GetInt32()));
        var last = told[^1].GetProperty("status");
        Assert.Equal(("stopped", head), (last.GetProperty("phase").GetString(), last.GetProperty("headDigest").GetString()));
    }

    // Outcomes that are known, over all iterations.
    private static int Done(JsonElement status) =>
        status.GetProperty("committed").GetInt32() * Perturbations + InThisIteration(status);

    // Trainers whose devices have answered blocks lately.
    private static int Working(JsonElement status) => status.GetProperty("nodes").EnumerateArray()
        .Count(node => node.GetProperty("devices").EnumerateArray().Any(device => device.GetProperty("blocksPerSecond").GetDouble() > 0));

    private static int InThisIteration(JsonElement status) => status.GetProperty("perturbationsDone").GetInt32();

    private void Say(FormattableString what) => output.WriteLine(what.ToString(CultureInfo.InvariantCulture));
}
