using System.Collections.Concurrent;
using Akka.Actor;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Training;

/// <summary>What a trainer that joins late is told, by a stand-in that does what it is told by hand.</summary>
public sealed class CatchingUpTests : IDisposable
{
    private const string Late = "akka.tcp://ComPO@late:4053";

    private readonly TemporaryFolder _folder = new();
    private readonly ManualResetEventSlim _mayGoOn = new();

    public void Dispose()
    {
        _mayGoOn.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_is_sent_for_updates_to_no_node_that_has_gone_meanwhile()
    {
        var pairs = 0;
        var loader = new TinyModelLoader
        {
            BeforePrepare = _ => pairs++,
            BeforeProbe = (_, cancellation) =>
            {
                if (pairs > 3)
                    _mayGoOn.Wait(cancellation);
            },
        };
        await using var seed = await TestNode.StartAsync(["seed"], null);
        await using var trainer = await TestNode.StartAsync(["trainer"], loader, seed.Address);
        await using var console = new TestConsole(seed.Address);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", Settings().ToJson())));
        await console.UntilAsync(status => status.Committed == 3);
        using var file = File.OpenRead(_folder["run/run.jsonl"]);
        var (header, iterations, _) = RunLogReader.ReadSoFar(file, "run.jsonl");
        Assert.All(iterations, iteration => Assert.True(iteration.Accepted));

        using var told = new BlockingCollection<(object Message, IActorRef Asker)>();
        var late = seed.System.ActorOf(Props.Create(() => new Listener(told)));
        var supervisor = seed.System.ActorSelection("/user/supervisor/singleton/run");
        var isThere = new RegisterNode(new NodeStatus(Late, loader.ComputeClass, [new DeviceStatus("cpu", 1, 1)]), false);
        supervisor.Tell(isThere, late);
        var (load, guide) = Next<LoadModel>(told);
        guide.Tell(new ModelLoaded(load.Request, "Tiny", header.BaseDigest, header.BaseDigest, TinyModelLoader.Shape, true, 1, []), late);
        var (first, _) = Next<ApplyUpdate>(told);
        Assert.Contains($"{trainer.Address}", first.Parts[0].Holders);

        trainer.System.ActorSelection("/user/node").Tell(PoisonPill.Instance);
        await console.UntilAsync(status =>
        {
            // The other is missed by its silence; this one is not to be.
            supervisor.Tell(isThere, late);
            return status.Nodes.Select(node => node.Address).SequenceEqual([Late]);
        });
        guide.Tell(new UpdateApplied(first.Request, iterations[0].HeadDigest), late);

        // Behind what was said again meanwhile.
        var (second, _) = Next<ApplyUpdate>(told);
        while (second.Request == first.Request)
            (second, _) = Next<ApplyUpdate>(told);
        Assert.Equal(1, second.Iteration);
        Assert.DoesNotContain($"{trainer.Address}", second.Parts[0].Holders.Concat(second.FeatureHolders));
    }

    private static (T Request, IActorRef Asker) Next<T>(BlockingCollection<(object Message, IActorRef Asker)> told)
        where T : INodeRequest
    {
        while (true)
        {
            Assert.True(told.TryTake(out var next, Patience.Longest));
            if (next.Message is T request)
                return (request, next.Asker);
        }
    }

    private RunSettings Settings() => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = 6,
        Perturbations = 100,
        Radius = 0.01,
        Gate = 0.05,
        Density = 0.1,
        StepSize = 1,
        NoiseThreshold = 50,
        Output = _folder["run"],
    };

    private sealed class Listener : ReceiveActor
    {
        public Listener(BlockingCollection<(object Message, IActorRef Asker)> told) => ReceiveAny(message => told.Add((message, Sender)));
    }
}
