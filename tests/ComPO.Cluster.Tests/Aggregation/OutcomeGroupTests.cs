using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Cluster.Trainers;
using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Aggregation;

public sealed class OutcomeGroupTests() : TestKit(Patience.OfTestKit)
{
    private const string Address = "akka.tcp://ComPO@trainer:4053";

    [Fact]
    public void Reports_are_persisted_in_groups_50_ms_apart_and_accepted_when_they_are()
    {
        var defaults = ComPOSettings.Read(Sys.Settings.Config);
        Assert.Equal(TimeSpan.FromMilliseconds(50), defaults.PersistInterval);
        var (supervisor, device) = (CreateTestProbe(), CreateTestProbe());
        // The timer is told by hand.
        var aggregator = StartProbing(supervisor, device, defaults with { PersistInterval = TimeSpan.FromHours(1) });

        int[] first = [Report(aggregator, device), Report(aggregator, device), Report(aggregator, device)];
        Assert.False(supervisor.HasMessages);
        aggregator.Tell(GradientAggregator.Flush.Instance);

        var group = supervisor.ExpectMsg<OutcomesGathered>(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(first.Select(block => (block * 10, 10)), group.Blocks.Select(block => (block.First, block.Count)));
        Assert.Equal((3, 30), (group.BlocksDone, group.PerturbationsDone));

        // What comes in meanwhile belongs to the next group; nothing is accepted before it is kept.
        int[] second = [Report(aggregator, device)];
        Assert.False(supervisor.HasMessages || device.HasMessages);
        aggregator.Tell(new OutcomesKept(group.Number));
        Assert.Equal(first, first.Select(_ => Next<BlockAccepted>(device).Block));
        aggregator.Tell(GradientAggregator.Flush.Instance);
        var next = supervisor.ExpectMsg<OutcomesGathered>(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((group.Number + 1, 4), (next.Number, next.BlocksDone));
        aggregator.Tell(new OutcomesKept(next.Number));
        Assert.Equal(second, second.Select(_ => Next<BlockAccepted>(device).Block));

        // The last report of an iteration waits for no timer.
        Report(aggregator, device);
        Assert.Equal((5, 50), supervisor.ExpectMsg<OutcomesGathered>(cancellationToken: TestContext.Current.CancellationToken) is var last ? (last.BlocksDone, last.PerturbationsDone) : default);
    }

    [Fact]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public void Outcomes_that_the_journal_has_are_not_probed_again()
    {
        var (supervisor, device) = (CreateTestProbe(), CreateTestProbe());
        var aggregator = StartProbing(
            supervisor, device, ComPOSettings.Read(Sys.Settings.Config), new ReportedBlock(10, 20, new OutcomeBits(20).ToBytes()), new ReportedBlock(40, 10, new OutcomeBits(10).ToBytes()));

        int[] asked = [FirstOf(aggregator, device), FirstOf(aggregator, device)];
        aggregator.Tell(new RequestBlock(0, $"{Address}/cpu"), device.Ref);

        Assert.Equal([0, 30], asked);
        Next<NoBlockNow>(device);
    }

    [Fact]
    public void Devices_that_no_trainer_has_get_no_blocks_and_neither_their_outcomes_nor_their_failures_count()
    {
        var (supervisor, device) = (CreateTestProbe(), CreateTestProbe());
        var aggregator = StartProbing(supervisor, device, ComPOSettings.Read(Sys.Settings.Config));

        foreach (var made in (string[])[$"{Address}/cuda:7", "akka.tcp://ComPO@stranger:4053/cpu", "cpu"])
        {
            aggregator.Tell(new RequestBlock(0, made), device.Ref);
            Next<NoBlockNow>(device);
            aggregator.Tell(new BlockProbed(0, 0, made, new OutcomeBits(10).ToBytes()), device.Ref);
            Next<BlockAccepted>(device);
            // More often than a run survives.
            for (var i = 0; i < 4; i++)
            {
                aggregator.Tell(new BlockFailed(0, 0, made, "It is made up."), device.Ref);
                Next<BlockAccepted>(device);
            }
        }

        Assert.Equal(0, FirstOf(aggregator, device));
        Assert.False(supervisor.HasMessages);
    }

    private static int FirstOf(IActorRef aggregator, TestProbe device)
    {
        aggregator.Tell(new RequestBlock(0, $"{Address}/cpu"), device.Ref);
        return Next<ProbeBlock>(device).First;
    }

    // An aggregator below the probe that stands in for the supervisor, with one trainer that has prepared the pair.
    private static IActorRef StartProbing(TestProbe supervisor, TestProbe trainer, ComPOSettings settings, params ReportedBlock[] known)
    {
        var plan = new AggregationPlan
        {
            Iteration = 0,
            Row = 0,
            FeatureDigest = Digest.Of("features"u8),
            Head = TinyModelLoader.Shape,
            HeadDigest = Digest.Of("head"u8),
            Settings = new RunSettings { Model = "model", Data = "pairs", Perturbations = 50 },
            BlockSizes = [10, 10, 10, 10, 10],
            Known = known,
        };
        var aggregator = supervisor.ChildActorOf(GradientAggregator.PropsFor(plan, settings, TimeProvider.System), cancellationToken: TestContext.Current.CancellationToken);
        aggregator.Tell(new TrainerCame(new Trainer(trainer.Ref, new NodeStatus(Address, "tiny", [new DeviceStatus("cpu", 1, 1)])), []));
        aggregator.Tell(new PairPrepared(Next<PreparePair>(trainer).Request, plan.HeadDigest, new PairLogProbabilities(-1, -2), 0.25), trainer.Ref);
        aggregator.Tell(new ProbingStarted(Next<StartProbing>(trainer).Request), trainer.Ref);
        supervisor.ExpectMsg<PairIsPrepared>(cancellationToken: TestContext.Current.CancellationToken);
        return aggregator;
    }

    // Gets a block and reports it; the answer to what is asked after it shows that the report has been taken in.
    private static int Report(IActorRef aggregator, TestProbe device)
    {
        aggregator.Tell(new RequestBlock(0, $"{Address}/cpu"), device.Ref);
        var block = Next<ProbeBlock>(device);
        aggregator.Tell(new BlockProbed(0, block.Block, $"{Address}/cpu", new OutcomeBits(block.Count).ToBytes()), device.Ref);
        aggregator.Tell(new RequestBlock(7, $"{Address}/cpu"), device.Ref);
        Next<ProbingOver>(device);
        return block.Block;
    }

    private static T Next<T>(TestProbe probe) => probe.ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);
}
