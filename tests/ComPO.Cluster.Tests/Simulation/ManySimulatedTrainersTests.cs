using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Simulation;

/// <summary>The real supervisor, aggregator, agents and journal with many trainers in one process, some of which fail, straggle, die, leave and join.</summary>
public sealed class ManySimulatedTrainersTests : IDisposable
{
    private const int Trainers = 60;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Invariant", "1 Same bits")]
    public async Task Trainers_that_fail_straggle_die_leave_and_join_end_with_the_head_of_one_that_does_not()
    {
        var expected = await UndisturbedAsync();
        await using var cluster = await SimulatedCluster.StartAsync(
            new Conduct(TimeSpan.FromMilliseconds(40), FailingShare: 0.005, StragglingShare: 0.05), _folder["many"], "compo.probing.block-size = 2");
        for (var i = 0; i < Trainers; i++)
            cluster.Join(i);
        await cluster.StartRunAsync("run", Settings("many"));

        for (var i = 0; i < Trainers / 2; i++)
        {
            var due = i * 100;
            await cluster.UntilAsync(status => Done(status) >= due, Pause);
            cluster.Join(Trainers + i);
            if (i % 2 == 0)
                cluster.Kill(i);
            else
                await cluster.LeaveAsync(i);
        }
        var ended = await cluster.UntilAsync(status => status.HasEnded, Pause);

        Assert.True(ended.Phase == RunPhase.Completed, ended.Failure);
        Assert.Equal(expected, ended.HeadDigest);
        Assert.Equal(Enumerable.Range(0, 2), RunLogOf("many").Select(record => record.Iteration));
    }

    private static int Done(TrainingStatus status) => status.Committed * status.Perturbations + status.PerturbationsDone;

    private async Task<Digest?> UndisturbedAsync()
    {
        await using var cluster = await SimulatedCluster.StartAsync(new Conduct(TimeSpan.Zero), _folder["one"], "compo.probing.block-size = 64");
        cluster.Join(0);
        await cluster.StartRunAsync("run", Settings("one"));
        var ended = await cluster.UntilAsync(status => status.HasEnded, Pause);
        Assert.True(ended is { Phase: RunPhase.Completed, Accepted: 2 }, ended.Failure);
        return ended.HeadDigest;
    }

    private IReadOnlyList<IterationRecord> RunLogOf(string name)
    {
        using var log = File.OpenRead(_folder[$"{name}/run/run.jsonl"]);
        return RunLogReader.Read(log, name).Iterations;
    }

    private RunSettings Settings(string name) => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = 2,
        Perturbations = 2000,
        Radius = 0.01,
        Gate = 0.05,
        Density = 0.1,
        StepSize = 1,
        NoiseThreshold = 50,
        Output = _folder[$"{name}/run"],
    };
}
