using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Cluster.Trainers;
using ComPO.Core.Aggregation;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Aggregation;

/// <summary>An emitter below the probe that stands in for the aggregator, with probes for trainers.</summary>
public sealed class UpdateEmitterTests() : TestKit(Patience.OfTestKit)
{
    private const double Density = 0.1;
    // The time is over before it has begun.
    private static readonly TimeSpan AtOnce = TimeSpan.FromTicks(-1);
    private static readonly HeadShape Head = new(100, 7);
    private static readonly OutcomeBits Outcomes = OutcomeBits.FromBytes([0x5A, 0x13], 16);

    [Fact]
    public void All_trainers_share_the_rows_and_together_they_find_the_cut_of_the_whole()
    {
        var (aggregator, trainers) = (CreateTestProbe(), Trainers(3));
        Start(aggregator, trainers, new RunSettings { Model = "model", Data = "pairs", Density = Density }, Head);

        var tallies = Array.ConvertAll(trainers, Next<TallyRows>);
        Assert.Equal([(0, 33), (33, 33), (66, 34)], tallies.Select(tally => (tally.FirstRow, tally.RowCount)));
        Assert.All(tallies, tally => Assert.Equal(Outcomes.ToBytes(), tally.Outcomes));
        for (var i = 0; i < 3; i++)
            Answer(trainers[i], new RowsTallied(tallies[i].Request, SquaresOf(i), 0, Digits(MagnitudeHistogram.OfHighDigits(), tallies[i].FirstRow, tallies[i].RowCount), 0));

        var counts = Array.ConvertAll(trainers, Next<CountLowDigits>);
        Assert.Equal(tallies.Select(tally => (tally.FirstRow, tally.RowCount)), counts.Select(count => (count.FirstRow, count.RowCount)));
        for (var i = 0; i < 3; i++)
            Answer(trainers[i], new DigitsCounted(counts[i].Request, Digits(MagnitudeHistogram.OfLowDigits(counts[i].HighDigit), counts[i].FirstRow, counts[i].RowCount)));

        var emits = Array.ConvertAll(trainers, Next<EmitRows>);
        Assert.Equal(tallies.Select(tally => (tally.FirstRow, tally.RowCount)), emits.Select(emit => (emit.FirstRow, emit.RowCount)));
        // The 70th largest of all 700 magnitudes, whoever holds it, and the squares of all.
        Assert.All(emits, emit => Assert.Equal((Rows(0, 100).Select(Math.Abs).OrderDescending().ElementAt(69), 111u), (emit.Cut, emit.SumOfSquares)));
        // In another order than they were asked.
        foreach (var i in new[] { 2, 0, 1 })
            Answer(trainers[i], new RowsEmitted(emits[i].Request, Part(i), 1));

        var check = Next<CheckUpdate>(trainers[0]);
        Assert.Equal([(Part(0), Address(0)), (Part(1), Address(1)), (Part(2), Address(2))], check.Parts.Select(part => (part.Digest, part.Holders.Single())));
        Answer(trainers[0], Checked(check.Request));
        var ready = aggregator.ExpectMsg<UpdateReady>(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Math.Sqrt(111) / 4096, ready.Norm, 1e-12);
        // Who has checked the whole holds each part beside its owner.
        Assert.Equal([[Address(0)], [Address(1), Address(0)], [Address(2), Address(0)]], ready.Parts.Select(part => part.Holders));
        Assert.DoesNotContain(trainers, trainer => trainer.HasMessages);
    }

    [Theory] // Rows are not divided further than there are rows; the exact estimator is one owner's arithmetic.
    [InlineData(Estimator.Sampled, 2, 2)]
    [InlineData(Estimator.Exact, 100, 1)]
    public void No_trainer_is_asked_for_rows_that_there_are_not(Estimator estimator, int vocabularySize, int owners)
    {
        var (aggregator, trainers) = (CreateTestProbe(), Trainers(3));
        var settings = new RunSettings { Model = "model", Data = "pairs", Estimator = estimator, Threshold = 0.5, Density = null };
        Start(aggregator, trainers, settings, new HeadShape(vocabularySize, 7));

        var tallies = trainers.Take(owners).Select(Next<TallyRows>).ToArray();
        Assert.Equal(vocabularySize, tallies.Sum(tally => tally.RowCount));
        for (var i = 0; i < owners; i++)
            Answer(trainers[i], new RowsTallied(tallies[i].Request, 1, 1, HistogramCodec.Encode(MagnitudeHistogram.OfHighDigits()), 0));
        for (var i = 0; i < owners; i++)
            Answer(trainers[i], new RowsEmitted(Next<EmitRows>(trainers[i]).Request, Part(i), 1));
        Answer(trainers[0], Checked(Next<CheckUpdate>(trainers[0]).Request));

        Assert.Equal(owners, aggregator.ExpectMsg<UpdateReady>(cancellationToken: TestContext.Current.CancellationToken).Parts.Count);
        Assert.DoesNotContain(trainers, trainer => trainer.HasMessages);
    }

    [Theory]
    [InlineData(ExitCode.RunFailed, TrainerFault.Failed)]
    [InlineData(ExitCode.Interrupted, TrainerFault.Interrupted)]
    public void A_trainer_that_fails_is_told_of_and_one_that_leaves_has_no_fault(ExitCode exitCode, object fault)
    {
        var (aggregator, trainers) = (CreateTestProbe(), Trainers(2));
        Start(aggregator, trainers, new RunSettings { Model = "model", Data = "pairs", Density = Density }, Head);

        Answer(trainers[1], new NodeFailed(Next<TallyRows>(trainers[1]).Request, "It stops.", (int)exitCode));

        var faulted = aggregator.ExpectMsg<TrainerFaulted>(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((Address(1), fault, $"{Address(1)}: It stops."), (faulted.Address, faulted.Fault, faulted.Sentence));
    }

    [Fact]
    public void Trainers_that_are_silent_for_too_long_while_another_has_answered_are_told_of_together()
    {
        var (aggregator, trainers) = (CreateTestProbe(), Trainers(3));
        var emitter = Start(aggregator, trainers, new RunSettings { Model = "model", Data = "pairs", Threshold = 0.5, Density = null }, Head, AtOnce);
        var tallies = Array.ConvertAll(trainers, Next<TallyRows>);

        // As long as nobody has answered it may take all that long.
        emitter.Tell(UpdateEmitter.Resend.Instance);
        Assert.Equal(tallies.Select(tally => tally.Request), Array.ConvertAll(trainers, Next<TallyRows>).Select(tally => tally.Request));
        Answer(trainers[1], new RowsTallied(tallies[1].Request, 1, 1, HistogramCodec.Encode(MagnitudeHistogram.OfHighDigits()), 0));
        emitter.Tell(UpdateEmitter.Resend.Instance);

        var silent = aggregator.ExpectMsg<OwnersAreSilent>(cancellationToken: TestContext.Current.CancellationToken).Owners;
        Assert.Equal([(Address(0), TrainerFault.Failed), (Address(2), TrainerFault.Failed)], silent.Select(owner => (owner.Address, owner.Fault)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_trainer_that_does_not_check_the_update_is_done_without_as_soon_as_there_is_another(int count)
    {
        var (aggregator, trainers) = (CreateTestProbe(), Trainers(count));
        var emitter = Start(aggregator, trainers, new RunSettings { Model = "model", Data = "pairs", Threshold = 0.5, Density = null }, Head, AtOnce);
        foreach (var trainer in trainers)
            Answer(trainer, new RowsTallied(Next<TallyRows>(trainer).Request, 1, 1, HistogramCodec.Encode(MagnitudeHistogram.OfHighDigits()), 0));
        foreach (var trainer in trainers)
            Answer(trainer, new RowsEmitted(Next<EmitRows>(trainer).Request, Part(0), 1));
        var check = Next<CheckUpdate>(trainers[0]);

        emitter.Tell(UpdateEmitter.Resend.Instance);

        if (count == 1)
        {
            Assert.Equal(check.Request, Next<CheckUpdate>(trainers[0]).Request);
            emitter.Tell(AnotherIsPrepared.Instance);
            emitter.Tell(UpdateEmitter.Resend.Instance);
        }
        Assert.Equal(Address(0), Assert.Single(aggregator.ExpectMsg<OwnersAreSilent>(cancellationToken: TestContext.Current.CancellationToken).Owners).Address);
    }

    private IActorRef Start(TestProbe aggregator, TestProbe[] trainers, RunSettings settings, HeadShape head, TimeSpan? rowsDeadline = null)
    {
        var plan = new AggregationPlan
        {
            Iteration = 4,
            Row = 0,
            FeatureDigest = Digest.Of("features"u8),
            Head = head,
            HeadDigest = Digest.Of("head"u8),
            Settings = settings,
            BlockSizes = [16],
            Known = [],
        };
        var defaults = ComPOSettings.Read(Sys.Settings.Config);
        return aggregator.ChildActorOf(
            UpdateEmitter.PropsFor(
                plan, plan.IsExact ? null : Outcomes, 0.25, [.. trainers.Select((trainer, i) => new Trainer(trainer.Ref, new NodeStatus(Address(i), "tiny", [])))],
                defaults with { ResendInterval = TimeSpan.FromHours(1), RowsDeadline = rowsDeadline ?? defaults.RowsDeadline }, TimeProvider.System),
            cancellationToken: TestContext.Current.CancellationToken);
    }

    private TestProbe[] Trainers(int count) => [.. Enumerable.Range(0, count).Select(_ => CreateTestProbe())];

    private static void Answer(TestProbe trainer, INodeReply reply) => trainer.LastSender.Tell(reply, trainer.Ref);

    private static T Next<T>(TestProbe trainer) => trainer.ExpectMsg<T>(cancellationToken: TestContext.Current.CancellationToken);

    private static string Address(int i) => $"akka.tcp://ComPO@trainer-{i}:4053";

    private static Digest Part(int i) => Digest.Of([(byte)i]);

    private static UInt128 SquaresOf(int i) => new UInt128[] { 1, 10, 100 }[i];

    // Lifted rows as a whole head's owner has them.
    private static float[] Rows(int first, int count) => [.. Enumerable.Range(first * Head.HiddenSize, count * Head.HiddenSize).Select(place => 50 * MathF.Sin(place))];

    private static byte[] Digits(MagnitudeHistogram histogram, int firstRow, int rowCount)
    {
        histogram.Add(Rows(firstRow, rowCount));
        return HistogramCodec.Encode(histogram);
    }

    private static UpdateChecked Checked(long request) => new(
        request, Digest.Of("update"u8), 70, LineSearch.Table(new PairLogProbabilities[LineSearch.Steps.Length]), new PairLogProbabilities(-1, -2), default, null);
}
