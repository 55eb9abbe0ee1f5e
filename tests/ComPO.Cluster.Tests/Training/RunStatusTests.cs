using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Cluster.Training;
using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Training;

/// <summary>How long a run will take: before it begins, and on its way.</summary>
public sealed class RunStatusTests
{
    private const long Started = 1_000_000;

    private static readonly RunSettings Settings = new() { Model = "model", Data = "pairs", Iterations = 10, Perturbations = 1800, Checkpoints = [3, 6] };

    [Theory]
    [InlineData(0, 50, null)]
    [InlineData(1, 50, 450.0)]
    [InlineData(4, 50, 75.0)]
    [InlineData(10, 50, 0.0)]
    public void What_remains_is_as_long_an_iteration_as_those_before(int committed, int seconds, double? remaining)
    {
        var status = After(seconds, [.. Enumerable.Range(0, committed).Select(Committed)]);

        Assert.Equal((double)seconds, status.ElapsedSeconds);
        Assert.Equal(remaining, status.RemainingSeconds);
    }

    [Fact]
    public void A_pause_makes_no_iteration_longer_and_an_ended_run_has_nothing_before_it()
    {
        // Of 50 seconds it was paused for 10.
        var resumed = After(50, Committed(0), new RunPaused("Why.", false, Started + 20_000), new RunResumed(10_000));
        Assert.Equal((40.0, 360.0), (resumed.ElapsedSeconds, resumed.RemainingSeconds));

        var ended = After(500, Committed(0), new RunEnded(RunPhase.Stopped, null, 0, 50));
        Assert.Equal((50.0, null), (ended.ElapsedSeconds, ended.RemainingSeconds));
    }

    [Fact]
    public void A_plan_takes_what_one_trainer_measured_for_all_of_them()
    {
        var planned = new RunPlanned(1, 12, 40, [], new HeadShape(100, 10), MemoryBytes: 7_000, FeatureBytes: 5_000, ModelBytes: 90_000, SecondsPerPerturbation: 0.5);
        var node = new NodeStatus("akka.tcp://ComPO@10.0.0.1:4053", "cpu", [], TrainerState.Ready, null, true, null);

        var plan = RunEstimate.Of(Settings, planned, [node, node, node, node]);

        // 10 iterations of 1800 perturbations at half a second, on four trainers.
        Assert.Equal(2250.0, plan.EstimatedSeconds);
        // Three models, each with a float32 head of 1000 entries; ten iterations of features, a line, and 1800 bits in base64.
        Assert.Equal(3 * (90_000 + 4_000) + 10 * (5_000 + 2_048 + 300), plan.DiskBytes);
        Assert.Equal((12, 40, 7_000), (plan.PairsFound, plan.RowsScanned, plan.MemoryBytesPerNode));
        Assert.Null(RunEstimate.Of(Settings, planned with { SecondsPerPerturbation = null }, [node]).EstimatedSeconds);
    }

    // A run that many seconds after its start.
    private static TrainingStatus After(int seconds, params RunEvent[] events) => RunStatus.Of(
        events.Aggregate(RunState.Apply(null, new RunStarted("run", Settings.ToJson(), "/runs/run", Started)), RunState.Apply),
        new RunProgress(TimeProvider.System, new IterationTrace()), new TrainerRoster(), TimeSpan.Zero, "akka.tcp://ComPO@10.0.0.1:4053", 0,
        DateTimeOffset.FromUnixTimeMilliseconds(Started + 1000 * seconds));

    private static IterationCommitted Committed(int iteration) =>
        new(iteration, iteration, IterationVerdict.GateRefused, null, Digest.Of("head"u8), new PairLogProbabilities(-1, -2), "{}");
}
