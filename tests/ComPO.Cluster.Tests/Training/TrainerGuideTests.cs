using Akka.TestKit;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Cluster.Trainers;
using ComPO.Cluster.Training;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Training;

public sealed class TrainerGuideTests() : TestKit(Patience.OfTestKit)
{
    private const string Address = "akka.tcp://ComPO@trainer:4053";

    private static readonly HeadShape Shape = new(8, 4);
    private static readonly Digest Base = Digest.Of("base"u8);
    private static readonly Digest Right = Digest.Of("right"u8);
    private static readonly Digest Wrong = Digest.Of("wrong"u8);

    [Fact]
    [Trait("Invariant", "4 Replicas agree or stop")]
    public void A_head_that_differs_after_an_update_is_told_with_both_digests()
    {
        var (supervisor, trainer) = (CreateTestProbe(), CreateTestProbe());
        var guide = supervisor.ChildActorOf(
            TrainerGuide.PropsFor(new Trainer(trainer.Ref, new NodeStatus(Address, "tiny", [])), new RunStands(OneUpdate(), [], []), TimeSpan.FromHours(1)),
            cancellationToken: TestContext.Current.CancellationToken);
        guide.Tell(new ModelLoaded(Next<LoadModel>(trainer).Request, "Tiny", Base, Base, Shape, false, 1, []), trainer.Ref);
        Next<TrainerLoaded>(supervisor);

        guide.Tell(new UpdateApplied(Next<ApplyUpdate>(trainer).Request, Wrong), trainer.Ref);

        var stumbled = Next<TrainerStumbled>(supervisor);
        Assert.Equal((true, (int)ExitCode.DigestMismatch), (stumbled.Disagrees, stumbled.ExitCode));
        Assert.Equal($"After iteration 0 the head of {Address} has digest {Wrong}; expected {Right}.", stumbled.Sentence);
    }

    [Fact]
    public void A_kept_head_that_turns_out_to_be_another_is_done_without()
    {
        var (supervisor, trainer) = (CreateTestProbe(), CreateTestProbe());
        var parts = new[] { Digest.Of("part"u8) };
        var run = Enumerable.Range(0, 5).Aggregate(OneUpdate(), (run, _) => RunState.Apply(run, run.Commits[0]));
        run = RunState.Apply(run, new HeadRetained(run.Committed, Right, parts));
        var guide = supervisor.ChildActorOf(
            TrainerGuide.PropsFor(
                new Trainer(trainer.Ref, new NodeStatus(Address, "tiny", [])), new RunStands(run, [], [Address]), TimeSpan.FromHours(1)),
            cancellationToken: TestContext.Current.CancellationToken);
        guide.Tell(new ModelLoaded(Next<LoadModel>(trainer).Request, "Tiny", Base, Base, Shape, false, 1, []), trainer.Ref);
        var take = Next<TakeHead>(trainer);
        Assert.Equal((Right, parts), (take.HeadDigest, take.Parts));

        guide.Tell(new HeadTaken(take.Request, Base), trainer.Ref);

        Assert.Equal(Base, Next<ApplyUpdate>(trainer).HeadBefore);
    }

    // A run whose only iteration has changed the head.
    private static RunState OneUpdate()
    {
        var line = new IterationRecord
        {
            Iteration = 0,
            Pair = 4,
            FeatureDigest = Digest.Of("features"u8),
            K = 3,
            Before = new PairLogProbabilities(-1, -2),
            Perturbations = 8,
            Improved = 4,
            Predicted = 0.5,
            Gate = GateVerdict.Passed,
            Norm = 1,
            Threshold = 0.1,
            Nonzero = 2,
            Alignment = 0.5,
            PredictedChange = new PairLogProbabilities(1, -1),
            LineSearch = [],
            Accepted = true,
            Scale = 0.01,
            After = new PairLogProbabilities(-1, -2),
            Outcomes = new OutcomeBits(8).ToBase64(),
            HeadDigest = Right,
            Seconds = new Dictionary<string, double>(),
        };
        RunEvent[] events =
        [
            new RunStarted("run", new RunSettings { Model = "model", Data = "pairs" }.ToJson(), "/runs/run", 5),
            new ModelOpened(Base, Shape, "tiny", "{}"),
            new PairTaken(0, 4, line.FeatureDigest, 3, []),
            new IterationCommitted(0, 4, IterationVerdict.Accepted, Digest.Of("update"u8), Right, line.After, line.ToJson()),
        ];
        return events.Aggregate((RunState?)null, RunState.Apply)!;
    }

    private static T Next<T>(TestProbe probe) => probe.ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);
}
