using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Blobs;

/// <summary>What nodes say to have fetched, against the files and lines that a run leaves.</summary>
public sealed class TrafficTests : IDisposable
{
    private const int Iterations = 6;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Features_travel_once_to_each_trainer_and_updates_once_at_no_more_than_five_bytes_an_entry()
    {
        var (prepared, followed) = (0, 0);
        // The one with the body waits in each iteration until the other has the pair too, so that none is left out.
        await using var first = await TestNode.StartAsync(
            ["seed", "trainer"],
            new TinyModelLoader
            {
                BeforePrepare = _ => prepared++,
                BeforeProbe = (_, cancellation) => SpinWait.SpinUntil(() => Volatile.Read(ref followed) >= prepared || cancellation.IsCancellationRequested),
            },
            state: _folder["first"]);
        await using var second = await TestNode.StartAsync(
            ["trainer"], new TinyModelLoader { HasBody = false, BeforePrepare = _ => Interlocked.Increment(ref followed) }, first.Address, state: _folder["second"]);
        await using var console = new TestConsole(first.Address);
        await console.UntilAsync(status => status.Nodes.Length == 2);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", Settings().ToJson())));

        var (lines, ended) = await console.WatchAsync();

        Assert.True(ended.Phase == RunPhase.Completed, ended.Failure);
        Assert.Equal((0, FeatureBytes()), (Received(first).FeatureBytes, Received(second).FeatureBytes));
        Assert.Equal((0, 0), (Received(first).HeadBytes, Received(second).HeadBytes));
        // Each makes a part of every update and fetches the other's.
        var records = lines.Select(line => IterationRecord.FromJson(line, "line")).ToList();
        var entries = records.Where(record => record.Accepted == true).Sum(record => record.Nonzero!.Value);
        Assert.True(entries > 400);
        var updateBytes = Received(first).UpdateBytes + Received(second).UpdateBytes;
        Assert.InRange(updateBytes, 3 * entries, records.Sum(record => (5 * record.Nonzero ?? 0) + 16));
        Assert.Equal(updateBytes + FeatureBytes(), ended.Received!.TotalBytes);

        ReceivedBlobs Received(TestNode node) => ended.Nodes.Single(trainer => trainer.Address == $"{node.Address}").Received ?? new ReceivedBlobs();
    }

    private long FeatureBytes() => Directory.GetFiles(_folder["run/features"]).Sum(file => new FileInfo(file).Length);

    private RunSettings Settings() => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = Iterations,
        Perturbations = 200,
        Radius = 0.01,
        Gate = 0.05,
        Density = 0.1,
        StepSize = 1,
        NoiseThreshold = 50,
        Output = _folder["run"],
    };
}
