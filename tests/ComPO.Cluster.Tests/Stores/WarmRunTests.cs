using System.Text.Json.Nodes;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Stores;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Core.Selection;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Stores;

/// <summary>A run's bits do not depend on what was stored before; the number of body passes does.</summary>
public sealed class WarmRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(PairRule.Reference)]
    [InlineData(PairRule.SeedCompatible)]
    public async Task A_second_run_gives_the_same_log_and_by_the_reference_rule_without_running_the_body(PairRule rule)
    {
        // δ is small enough that most rows are scanned only, and the run wraps around.
        var settings = new RunSettings
        {
            Model = "model", Data = "pairs", Iterations = 6, Perturbations = 100, Radius = 0.01, Gate = 0.05, Density = 0.1, StepSize = 1, NoiseThreshold = 3, PairRule = rule,
        };
        var (bare, cold, warm) = (new TinyModelLoader { Rows = 40 }, new TinyModelLoader { Rows = 40 }, new TinyModelLoader { Rows = 40 });

        var expected = await RunAsync(settings with { Output = _folder["bare"] }, bare, store: "");
        var first = await RunAsync(settings with { Output = _folder["first"] }, cold, _folder["store"]);
        var second = await RunAsync(settings with { Output = _folder["second"] }, warm, _folder["store"]);

        Assert.Equal(expected.Head, first.Head);
        Assert.Equal(expected.Head, second.Head);
        Assert.Equal(expected.Log, first.Log);
        Assert.Equal(expected.Log, second.Log);
        Assert.InRange(cold.BodyRuns.Count, settings.Iterations, bare.BodyRuns.Count);
        // The present model's scores are made anew each time; what depends on the body alone, and what the reference model says, is made once.
        var again = cold.BodyRuns.Concat(warm.BodyRuns).Where(run => rule == PairRule.Reference || !run.ToScore).ToList();
        Assert.NotEmpty(again);
        Assert.Distinct(again);
        Assert.Equal(rule == PairRule.SeedCompatible, warm.BodyRuns.Any(run => run.ToScore));
    }

    [Fact]
    public void Features_fetched_by_a_trainer_without_a_body_serve_it_and_its_peers_in_a_later_run()
    {
        var settings = new RunSettings { Model = "model", Data = "pairs", Perturbations = 20, Radius = 0.01 };
        var cancellation = TestContext.Current.CancellationToken;
        using var model = new TinyModelLoader().Load(new ModelRequest("model", null, WithBody: true));
        var features = model.ComputeFeatures(new TokenizedPair(3, [1], [2, 3, 5], [3, 10, 9, 11]), PerturbationSpaceKind.Row);
        var shelf = new BlobShelf();
        using (var first = Open(shelf))
        {
            first.Process(new LoadModel(1, "first", settings.ToJson()), cancellation);
            // As they come from a peer.
            shelf.Keep(features.Encode());
            Assert.IsType<PairPrepared>(first.Process(new PreparePair(2, 0, 3, features.Digest, []), cancellation));
            first.Process(new ReleaseModel(3), cancellation);
            Assert.False(shelf.Has(features.Digest));
        }

        shelf = new BlobShelf();
        using var later = Open(shelf);
        later.Process(new LoadModel(1, "later", settings.ToJson()), cancellation);

        // Nobody is known to hold them but this node, which answers peers with them and prepares them itself.
        Assert.NotNull(shelf.ReadPart(features.Digest, 0, 100));
        Assert.IsType<PairPrepared>(later.Process(new PreparePair(2, 0, 3, features.Digest, []), cancellation));
    }

    private ModelSession Open(BlobShelf shelf)
    {
        var loader = new TinyModelLoader { HasBody = false };
        return new ModelSession(
            loader, new BodyRule("no", 0), new PathRules([], []), shelf, new PairStore(_folder["fetched"], new StoreSettings("", 1 << 20, 1 << 20), Assert.Fail));
    }

    private static string Hocon(string store) => $"compo.store.folder = \"{store}\", compo.selection.ahead = off";

    private static async Task<(string Head, List<string> Log)> RunAsync(RunSettings settings, TinyModelLoader loader, string store)
    {
        await using var node = await TestNode.StartAsync(["seed", "trainer"], loader, hocon: Hocon(store));
        await using var console = new TestConsole(node.Address);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", settings.ToJson())));
        var (lines, status) = await console.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        return (status.HeadDigest!.ToString()!, [.. lines.Select(WithoutSeconds)]);
    }

    private static string WithoutSeconds(string line)
    {
        var record = JsonNode.Parse(line)!.AsObject();
        Assert.True(record.Remove("seconds"));
        return record.ToJsonString();
    }
}
