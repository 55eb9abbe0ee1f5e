using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Nodes;

public sealed class ShelfLifeTests : IDisposable
{
    private const int Iterations = 14;
    private const int UpdatesBetweenHeads = 2;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_shelf_does_not_grow_with_the_run_and_who_comes_late_catches_up_with_or_without_the_kept_head(bool isHeadThere)
    {
        var hocon = $"compo.supervisor.updates-between-heads = {UpdatesBetweenHeads}";
        using var mayEnd = new ManualResetEventSlim();
        var pairs = 0;
        var first = new TinyModelLoader
        {
            BeforePrepare = _ => pairs++,
            BeforeProbe = (_, cancellation) =>
            {
                if (pairs == Iterations)
                    mayEnd.Wait(cancellation);
            },
        };
        await using var node = await TestNode.StartAsync(["seed", "trainer"], first, hocon: hocon, state: _folder["state"]);
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("run", Settings().ToJson()));
        var late = await console.UntilAsync(status => status is { Committed: Iterations - 1, Phase: RunPhase.Probing });

        // Features of two pairs, updates since three before the kept head, the head and the run's name; of each there would be one an iteration.
        var kept = Directory.GetFiles(_folder["state/blobs"]);
        Assert.InRange(late.Accepted, 10, Iterations);
        Assert.InRange(kept.Length, 5, 13);
        if (!isHeadThere)
            File.Delete(kept.Single(file => new FileInfo(file).Length == TinyModelLoader.Shape.EntryCount * sizeof(float)));

        await using var second = await TestNode.StartAsync(
            ["trainer"], new TinyModelLoader { HasBody = false, BeforeProbe = (_, cancellation) => mayEnd.Wait(cancellation) }, node.Address, state: _folder["late"]);
        var there = await console.UntilAsync(status => status.Nodes.Any(trainer => trainer.Address == $"{second.Address}" && trainer.State == TrainerState.Ready));
        Assert.Single(there.Nodes.Select(trainer => trainer.HeadDigest).Distinct());
        var received = there.Nodes.Single(trainer => trainer.Address == $"{second.Address}").Received!;
        mayEnd.Set();
        var (lines, ended) = await console.WatchAsync();
        // A head in the place of the updates before it, and of what remains no more than two at the most bytes an entry.
        Assert.Equal(isHeadThere ? TinyModelLoader.Shape.EntryCount * sizeof(float) : 0, received.HeadBytes);
        var updates = lines.Select(line => IterationRecord.FromJson(line, "line")).Take(Iterations - 1).Where(line => line.Accepted == true).ToList();
        if (isHeadThere)
            Assert.InRange(received.UpdateBytes, 0, updates.TakeLast(UpdatesBetweenHeads).Sum(update => (5 * update.Nonzero!.Value) + 16));
        Assert.True(ended.Phase == RunPhase.Completed, ended.Failure);
        Assert.All(lines, line => Assert.True(File.Exists(_folder[$"run/features/{IterationRecord.FromJson(line, "line").FeatureDigest}.safetensors"])));
    }

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
