using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Runs;
using ComPO.Cluster.Selecting;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Cluster.Trainers;
using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Core.Selection;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Selecting;

/// <summary>The supervisor is the test, trainers are probes: what they are asked, and what the supervisor hears.</summary>
public sealed class PairScoutTests() : TestKit(Patience.OfTestKit)
{
    private static readonly Digest Origin = Digest.Of([1]);
    private static readonly FoundPair Found = new(Digest.Of("features"u8), 3);
    private static readonly RunSettings Settings = new() { Model = "model", Data = "pairs", Iterations = 3 };

    [Fact]
    public void A_trainer_that_is_slow_at_rows_does_not_hold_the_run()
    {
        var (scout, slow, quick) = (Scout(), CreateTestProbe(), CreateTestProbe());
        Answer(scout, Begin(scout, slow, quick), slow, RowVerdict.Clean);

        Assert.Equal(1, Next<ScanRows>(slow).FirstRow);
        // The other goes on behind these, then looks at them too.
        ScanRows asked;
        while ((asked = Next<ScanRows>(quick)).FirstRow > 1)
            Answer(scout, asked, quick, [.. Enumerable.Repeat(RowVerdict.Clean, asked.RowCount)]);
        Answer(scout, asked, quick, RowVerdict.Clean, RowVerdict.Noisy);

        var found = Next<PairIsFound>(this);
        Assert.Equal((0, 2, Found.FeatureDigest, Found.Dimension), (found.Iteration, found.Row, found.FeatureDigest, found.Dimension));
    }

    [Fact]
    public void Rows_of_a_trainer_that_dies_go_to_another_and_one_that_joins_is_asked_for_more()
    {
        var (scout, mortal, other, late) = (Scout(), CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        Answer(scout, Begin(scout, mortal, other), mortal, RowVerdict.Clean);
        Assert.Equal(1, Next<ScanRows>(mortal).FirstRow);
        var others = Next<ScanRows>(other);

        scout.Tell(Stands(Run(), NextStep.Select, other));
        Answer(scout, others, other, RowVerdict.Clean);
        Assert.Equal(1, Next<ScanRows>(other).FirstRow);
        scout.Tell(Stands(Run(), NextStep.Select, other, late));
        var lates = Next<ScanRows>(late);

        Assert.Equal((4, Origin, true), (lates.FirstRow, lates.Origin, lates.IsUrgent));
    }

    [Fact]
    public void What_is_found_is_said_again_until_the_run_goes_on_and_the_next_pairs_are_looked_for_meanwhile()
    {
        var (scout, trainer) = (Scout(), CreateTestProbe());
        Answer(scout, Begin(scout, trainer), trainer, RowVerdict.Noisy);
        Assert.Equal(0, Next<PairIsFound>(this).Row);
        Assert.False(Next<ScanRows>(trainer).IsUrgent);
        scout.Tell(PairScout.Resend.Instance);
        Assert.Equal(0, Next<PairIsFound>(this).Row);
        var ahead = Next<ScanRows>(trainer);
        Assert.Equal((1, false), (ahead.FirstRow, ahead.IsUrgent));

        var probing = RunState.Apply(Run(), new PairTaken(0, 0, Found.FeatureDigest, Found.Dimension, []));
        scout.Tell(Stands(probing, NextStep.Aggregate, trainer));
        scout.Tell(PairScout.Resend.Instance);
        Next<ScanRows>(trainer);
        Answer(scout, ahead, trainer, RowVerdict.Noisy);
        var committed = RunState.Apply(probing, new IterationCommitted(0, 0, IterationVerdict.GateRefused, null, Digest.Of("base"u8), default, "{}"));
        scout.Tell(Stands(committed, NextStep.Select, trainer));

        var next = Next<PairIsFound>(this);
        Assert.Equal((1, 1), (next.Iteration, next.Row));
    }

    private IActorRef Scout() => ChildActorOf(PairScout.PropsFor(TimeSpan.FromHours(1)), cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>A run that waits for its first pair; the first trainer is asked what rows are judged by.</summary>
    private static ScanRows Begin(IActorRef scout, params TestProbe[] trainers)
    {
        scout.Tell(Stands(Run(), NextStep.Select, trainers));
        var asked = Next<ScanRows>(trainers[0]);
        Assert.Equal((0, 1, null), (asked.FirstRow, asked.RowCount, asked.Origin));
        return asked;
    }

    private static RunState Run() => RunState.Apply(
        RunState.Apply(null, new RunStarted("run", Settings.ToJson(), "/runs/run", 5)), new ModelOpened(Digest.Of("base"u8), new HeadShape(8, 4), "cpu", "{}"))!;

    private static SearchStands Stands(RunState run, NextStep step, params TestProbe[] trainers)
    {
        var all = trainers.Select(trainer => new Trainer(
            trainer.Ref, new NodeStatus(trainer.Ref.Path.Name, "cpu", [], TrainerState.Ready, HasBody: true))).ToList();
        return new SearchStands(run, step, all[0], all);
    }

    private static void Answer(IActorRef scout, ScanRows asked, TestProbe trainer, params RowVerdict[] verdicts) => scout.Tell(
        new RowsScanned(asked.Request, Origin, [.. verdicts.Select(verdict => verdict.Code)], false, verdicts[^1].IsNoisy ? Found : null), trainer.Ref);

    private static T Next<T>(TestKitBase of) => of.ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);
}
