using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Numerics;
using ComPO.Simulation;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Core.Aggregation;
using ComPO.Core.Spaces;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Training;

public sealed class WholeRunTests : IDisposable
{
    private static readonly string[] Both = ["seed", "trainer"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Invariant", "3 A run is its log")]
    public async Task A_run_over_real_remoting_writes_a_log_from_which_its_head_can_be_rebuilt()
    {
        var settings = Settings(_folder["run"]) with { Iterations = 4, EvalData = "held-out", Checkpoints = [2] };
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader());
        await using var console = new TestConsole(node.Address);

        var started = Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("first", settings.ToJson())));
        Assert.False(started.AlreadyKnown);
        var (lines, status) = await console.WatchAsync();

        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        Assert.Equal((4, 4, 4), (status.Committed, status.Accepted + status.NotAccepted + status.GateRefused, lines.Count));
        using var log = File.OpenRead(_folder["run/run.jsonl"]);
        var (header, records) = RunLogReader.Read(log, "run.jsonl");
        Assert.Equal(lines, records.Select(record => record.ToJson()));
        Assert.Equal(settings.ToJson(), header.Settings.ToJson());
        Assert.Contains(records, record => record.Accepted == true);
        Assert.Equal(2, File.ReadAllLines(_folder["run/evaluations.jsonl"]).Length);
        var head = Assert.IsType<RunLogHead>(await console.AskAsync(new GetRunLogHead(null, 1)));
        Assert.Equal(File.ReadLines(_folder["run/run.jsonl"]).First(), head.HeaderLine);
        Assert.Equal(File.ReadLines(_folder["run/evaluations.jsonl"]).Skip(1), head.Evaluations);
        Assert.False(head.HasMore);
        Assert.Equal(RefusalReason.NoSuchRun, Assert.IsType<RequestRefused>(await console.AskAsync(new GetRunLogHead("another", 0))).Reason);
        Assert.Equal(status.HeadDigest, Rebuild(records, settings));
        Assert.Equal(status.HeadDigest.ToString(), File.ReadAllText(_folder["run/model/digest.txt"]));
        Assert.Equal(records[1].HeadDigest.ToString(), File.ReadAllText(_folder["run/checkpoints/2/digest.txt"]));
        Assert.Contains("\"outcome\": \"completed\"", File.ReadAllText(_folder["run/result.json"]), StringComparison.Ordinal);
        Assert.InRange(Assert.Single(Assert.Single(status.Nodes).Devices).Load, 1e-9, 1);
        var events = Assert.IsType<RecentEvents>(await console.AskAsync(new GetEvents(0)));
        Assert.Equal(status.LastEvent, events.Events[^1].UnixMilliseconds);
        Assert.Equal([EventKind.TrainerJoined, EventKind.RunStarted], events.Events.Take(2).Select(happened => happened.Kind));
        Assert.Equal([0, 1, 2, 3], events.Events.Where(happened => happened.Iteration is not null).Select(happened => happened.Iteration!.Value));
        Assert.Equal(EventKind.RunEnded, events.Events[^1].Kind);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [Trait("Invariant", "1 Same bits")]
    public async Task The_head_does_not_depend_on_block_size_devices_or_the_order_of_answers(int blockSize)
    {
        var expected = await RunAsync(Settings(_folder["plain"]), new TinyModelLoader(), "");

        var shuffling = new TinyModelLoader
        {
            Devices = [new DeviceDescription("a", 1, 1), new DeviceDescription("b", 2, 1)],
            // The first blocks take longest, so that they come last.
            BeforeProbe = (first, _) => Thread.SpinWait(first < 60 ? 400_000 : 1000),
        };
        var seen = await RunAsync(Settings(_folder["shuffled"]), shuffling, $"compo.probing.block-size = {blockSize}");

        Assert.Equal(expected.HeadDigest, seen.HeadDigest);
        Assert.Equal(expected.Accepted, seen.Accepted);
        // Each device probes on its own engine, one block at a time.
        Assert.Equal(1, shuffling.MostProbesOfAnEngine);
        if (blockSize < 64)
            Assert.Equal([0, 1], shuffling.ProbedDevices.Order());
    }

    [Fact]
    public async Task Two_trainers_on_other_nodes_give_the_head_that_one_process_gives()
    {
        var expected = await RunAsync(Settings(_folder["one"]), new TinyModelLoader(), "");

        await using var seed = await TestNode.StartAsync(["seed"], null);
        await using var first = await TestNode.StartAsync(["trainer"], new TinyModelLoader(), seed.Address);
        // One with a head alone: it gets features from the other, and probes and tallies like it.
        await using var second = await TestNode.StartAsync(["trainer"], new TinyModelLoader { HasBody = false }, seed.Address);
        await using var console = new TestConsole(seed.Address);
        await console.UntilAsync(status => status.Nodes.Length == 2);
        await console.AskAsync(new StartTraining("two", Settings(_folder["two"]).ToJson()));
        var (_, status) = await console.WatchAsync();

        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        Assert.Equal(expected.HeadDigest, status.HeadDigest);
        Assert.True(File.Exists(_folder["two/run.jsonl"]));
    }

    [Theory]
    [InlineData(PerturbationSpaceKind.Full)]
    [InlineData(PerturbationSpaceKind.Row)]
    public async Task The_exact_estimator_and_an_absolute_threshold_run_in_either_space(PerturbationSpaceKind space)
    {
        var exact = Settings(_folder["exact"]) with { Estimator = Estimator.Exact, Space = space };
        var status = await RunAsync(exact, new TinyModelLoader(), "");
        Assert.True(status is { Phase: RunPhase.Completed, Accepted: > 0 }, status.Failure);

        var absolute = Settings(_folder["absolute"]) with { Density = null, Threshold = 1e-2, Space = space };
        status = await RunAsync(absolute, new TinyModelLoader(), "");
        Assert.True(status is { Phase: RunPhase.Completed, Accepted: > 0 }, status.Failure);
    }

    private static RunSettings Settings(string output) => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = 3,
        Perturbations = 200,
        Radius = 0.01,
        Gate = 0.05,
        Density = 0.1,
        StepSize = 1,
        NoiseThreshold = 50,
        Output = output,
    };

    private static async Task<TrainingStatus> RunAsync(RunSettings settings, TinyModelLoader loader, string hocon)
    {
        await using var node = await TestNode.StartAsync(Both, loader, hocon: hocon);
        await using var console = new TestConsole(node.Address);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", settings.ToJson())));
        var (_, status) = await console.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        return status;
    }

    /// <summary>The head from the base, the stored features and the log alone, by one owner of all rows.</summary>
    private Digest Rebuild(IReadOnlyList<IterationRecord> records, RunSettings settings)
    {
        using var model = new TinyModelLoader().Load(new ModelRequest("model", null, true));
        foreach (var record in records)
        {
            var features = PairFeatures.Decode(File.ReadAllBytes(_folder[$"run/features/{record.FeatureDigest}.safetensors"]));
            if (record.Accepted == true)
            {
                var space = PerturbationSpace.Of(features);
                var sums = new int[TinyModelLoader.Shape.VocabularySize * space.Dimension];
                OutcomeTally.AddRows(
                    new NoiseKey(settings.Seed, (uint)record.Iteration), OutcomeBits.FromBase64(record.Outcomes!, record.Perturbations), space.Dimension, 0,
                    TinyModelLoader.Shape.VocabularySize, sums);
                var estimate = new SampledEstimate(TinyModelLoader.Shape, space, 0, sums, ExactSums.SumOfSquares(sums));
                var update = Sparsifier.Emit(estimate, Sparsifier.DensityCut(estimate, settings.Density!.Value));
                Assert.Equal(record.Nonzero, update.Count);
                Assert.Equal(record.Norm!.Value, estimate.Norm);
                model.Head.Apply(update, StepRule.Scale(settings.StepSize, (double)record.Improved!.Value / record.Perturbations));
            }
            Assert.Equal(record.HeadDigest, model.Head.ComputeDigest());
        }
        return model.Head.ComputeDigest();
    }
}
