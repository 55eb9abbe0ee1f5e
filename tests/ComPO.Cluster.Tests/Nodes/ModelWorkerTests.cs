using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit.Xunit;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Nodes;

public sealed class ModelWorkerTests() : TestKit(Patience.OfTestKit)
{
    private static readonly RunSettings Settings = new() { Model = "model", Data = "pairs", NoiseThreshold = 1e-9 };

    [Fact]
    public void Whatever_else_is_asked_waits_for_one_row_ahead_and_not_for_the_rest()
    {
        using var looks = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        var worker = Worker(new TinyModelLoader
        {
            Rows = 40,
            BeforeScore = _ =>
            {
                looks.Set();
                goesOn.Wait(TestContext.Current.CancellationToken);
            },
        });
        Ask(worker, new ScanRows(2, 0, 30, IsUrgent: false, null));
        looks.Wait(TestContext.Current.CancellationToken);
        Ask(worker, new KeepHead(3));
        goesOn.Set();

        Assert.IsType<HeadKept>(Next());
        // The run waits for the rows after all.
        Ask(worker, new ScanRows(4, 0, 30, IsUrgent: true, null));
        var replies = new[] { Next(), Next() };
        Assert.Equal([2, 4], replies.Select(reply => reply.Request));
        Assert.NotEmpty(Assert.IsType<RowsScanned>(replies[1]).Verdicts);
    }

    [Fact]
    public void Rows_that_the_run_waits_for_are_answered_when_they_take_long_so_that_others_can_have_the_rest()
    {
        var clock = new Clock();
        var worker = Worker(new TinyModelLoader { Rows = 40, BeforeScore = _ => clock.Advance(TimeSpan.FromMilliseconds(100)) }, clock);

        Ask(worker, new ScanRows(2, 0, 30, IsUrgent: true, null));

        var scanned = Assert.IsType<RowsScanned>(Next());
        Assert.Equal((3, false), (scanned.Verdicts.Length, scanned.IsEnd));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 30)]
    public void A_row_ahead_that_took_longer_than_the_configuration_allows_is_the_last_one(int longest, int looked)
    {
        var clock = new Clock();
        using var looks = new ManualResetEventSlim();
        var loader = new TinyModelLoader
        {
            Rows = 40,
            BeforeScore = _ =>
            {
                clock.Advance(TimeSpan.FromTicks(2));
                looks.Set();
            },
        };
        var worker = Worker(loader, clock, TimeSpan.FromTicks(longest));

        Ask(worker, new ScanRows(2, 0, 30, IsUrgent: false, null));
        looks.Wait(TestContext.Current.CancellationToken);

        if (looked > 1)
        {
            Assert.Equal(looked, Assert.IsType<RowsScanned>(Next()).Verdicts.Length);
            return;
        }
        // Rests are as good as none: whatever came next would be among these.
        for (var request = 3; request < 50; request++)
        {
            Ask(worker, new KeepHead(request));
            Assert.IsType<HeadKept>(Next());
        }
        Assert.Single(loader.BodyRuns);
    }

    [Fact]
    public void A_long_row_ahead_is_begun_where_it_is_likely_to_end_before_probing_does()
    {
        const int RowTicks = 10, ProbingTicks = 35;
        var clock = new Clock();
        var begun = 0;
        var loader = new TinyModelLoader
        {
            Rows = 40,
            BeforeScore = _ =>
            {
                Interlocked.Increment(ref begun);
                clock.Advance(TimeSpan.FromTicks(RowTicks));
            },
        };
        var worker = Worker(loader, clock, longestRowAhead: TimeSpan.FromTicks(1), Settings with { NoiseThreshold = 50 });
        Ask(worker, new SelectPair(2, 0));
        var pair = Assert.IsType<PairSelected>(Next());
        Prepare(3);
        clock.Advance(TimeSpan.FromTicks(ProbingTicks));
        Ask(worker, new TallyRows(4, 0, 0, 6, Outcomes));
        Assert.IsType<RowsTallied>(Next());
        Ask(worker, new ScanRows(5, 1, 1, IsUrgent: true, null));
        Assert.IsType<RowsScanned>(Next());
        var before = Volatile.Read(ref begun);

        // Both rows are scored and noisy.
        for (var row = 2; row <= 3; row++)
        {
            Ask(worker, new ScanRows(10 + row, row, 1, IsUrgent: false, null));
            // Nothing of it while the trainer may be asked for something any moment.
            UntilRestsAreOver(worker);
            Assert.Equal(before + row - 2, Volatile.Read(ref begun));
            Prepare(30 + row);
            Assert.Single(Assert.IsType<RowsScanned>(Next()).Verdicts);
            clock.Advance(TimeSpan.FromTicks(ProbingTicks - RowTicks));
            Ask(worker, new TallyRows(40 + row, 0, 0, 6, Outcomes));
            Assert.IsType<RowsTallied>(Next());
        }

        // One that would end later is left until the next pair is probed.
        Prepare(50);
        clock.Advance(TimeSpan.FromTicks(ProbingTicks - RowTicks + 1));
        Ask(worker, new ScanRows(51, 5, 1, IsUrgent: false, null));
        UntilRestsAreOver(worker);
        Ask(worker, new TallyRows(52, 0, 0, 6, Outcomes));
        Assert.Equal(52, Assert.IsType<RowsTallied>(Next()).Request);
        Prepare(53);
        Assert.Equal(51, Assert.IsType<RowsScanned>(Next()).Request);

        void Prepare(int request)
        {
            Ask(worker, new PreparePair(request, 0, pair.Row, pair.FeatureDigest, []));
            Assert.Equal(request, Assert.IsType<PairPrepared>(Next()).Request);
        }
    }

    [Fact]
    public void The_engines_of_all_devices_stand_still_while_a_row_is_looked_at()
    {
        var loader = new TinyModelLoader { Rows = 40, Devices = [new DeviceDescription("a", 1, 1), new DeviceDescription("b", 1, 1)] };
        var atRest = new ConcurrentQueue<int>();
        loader.BeforeScore = _ => atRest.Enqueue(loader.EnginesAtRest);

        var worker = Worker(loader);
        Ask(worker, new ScanRows(2, 0, 3, IsUrgent: false, null));

        Assert.IsType<RowsScanned>(Next());
        Assert.Equal([2, 2, 2], atRest);
        Assert.Equal(0, loader.EnginesAtRest);
    }

    [Fact]
    public void They_stand_still_too_while_all_of_the_body_is_read_and_while_the_head_is_copied()
    {
        var loader = new TinyModelLoader { Rows = 40 };
        var atRest = new ConcurrentQueue<int>();
        loader.BeforeOrigin = () => atRest.Enqueue(loader.EnginesAtRest);

        var worker = Worker(loader);
        Ask(worker, new ScanRows(2, 0, 1, IsUrgent: true, null));
        Assert.IsType<RowsScanned>(Next());
        Assert.Equal([1], atRest);

        var before = loader.Rests;
        worker.Tell(new ModelWorker.LendHead(default, new HeadWeights(TinyModelLoader.Shape, new float[TinyModelLoader.Shape.EntryCount])), TestActor);
        ExpectMsg<ModelWorker.HeadLent>(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(before + 1, loader.Rests);
    }

    [Fact]
    public void Rows_ahead_are_put_aside_when_the_model_goes()
    {
        using var looks = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        var worker = Worker(new TinyModelLoader
        {
            Rows = 40,
            BeforeScore = _ =>
            {
                looks.Set();
                goesOn.Wait(TestContext.Current.CancellationToken);
            },
        });
        Ask(worker, new ScanRows(2, 0, 30, IsUrgent: false, null));
        looks.Wait(TestContext.Current.CancellationToken);
        Ask(worker, new ReleaseModel(3));
        goesOn.Set();

        Assert.Equal((2, (int)ExitCode.Interrupted), (Assert.IsType<NodeFailed>(Next()) is var put ? (put.Request, put.ExitCode) : default));
        Assert.Equal(3, Assert.IsType<ModelReleased>(Next()).Request);
    }

    [Fact]
    public void Rows_that_another_asker_has_tallied_in_between_change_nothing()
    {
        Assert.Equal(EmittedWith([]), EmittedWith([new TallyRows(20, 0, 0, 3, Outcomes), new EmitRows(21, 0, 0, 3, 1, 0)]));
    }

    private static byte[] Outcomes { get; } = new OutcomeBits(Settings.Perturbations).ToBytes();

    // What the owner of rows 2 to 7 counts and emits when others ask too.
    private (string Digits, int Entries) EmittedWith(IReadOnlyList<INodeRequest> between)
    {
        var worker = Worker(new TinyModelLoader { Rows = 40 }, settings: Settings with { NoiseThreshold = 50 });
        Ask(worker, new SelectPair(10, 0));
        var pair = Assert.IsType<PairSelected>(Next());
        Ask(worker, new PreparePair(11, 0, pair.Row, pair.FeatureDigest, []));
        Assert.IsType<PairPrepared>(Next());
        Ask(worker, new TallyRows(12, 0, 2, 6, Outcomes));
        var tallied = Assert.IsType<RowsTallied>(Next());
        foreach (var request in between)
        {
            Ask(worker, request);
            Next();
        }
        Ask(worker, new CountLowDigits(13, 0, 2, 6, 0));
        var digits = Convert.ToHexString(Assert.IsType<DigitsCounted>(Next()).LowDigits);
        foreach (var request in between)
        {
            Ask(worker, request);
            Next();
        }
        Ask(worker, new EmitRows(14, 0, 2, 6, tallied.SumOfSquares, 0));
        var emitted = Assert.IsType<RowsEmitted>(Next());
        return (digits + emitted.Part, emitted.Count);
    }

    private IActorRef Worker(TinyModelLoader loader, TimeProvider? time = null, TimeSpan? longestRowAhead = null, RunSettings? settings = null)
    {
        var session = new ModelSession(loader, new BodyRule("yes", 1 << 30), new PathRules([], []), new BlobShelf());
        var worker = ChildActorOf(
            ModelWorker.PropsFor(session, longestRowAhead ?? TimeSpan.FromSeconds(1), time ?? TimeProvider.System).WithDispatcher(ComPOSettings.ComputeDispatcher),
            cancellationToken: TestContext.Current.CancellationToken);
        Ask(worker, new LoadModel(1, "run", (settings ?? Settings).ToJson()));
        Assert.IsType<ModelLoaded>(Next());
        return worker;
    }

    private void Ask(IActorRef worker, INodeRequest request) => worker.Tell(new ModelWorker.Job(request, TestActor, CancellationToken.None));

    // The scheduler keeps to the order, so whatever rest was begun before is over, and the worker has heard of it.
    private void UntilRestsAreOver(IActorRef worker)
    {
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(50), TestActor, "over", ActorRefs.NoSender);
        ExpectMsg("over", cancellationToken: TestContext.Current.CancellationToken);
        worker.Tell(new ModelWorker.LendHead(default, new HeadWeights(TinyModelLoader.Shape, new float[TinyModelLoader.Shape.EntryCount])), TestActor);
        ExpectMsg<ModelWorker.HeadLent>(cancellationToken: TestContext.Current.CancellationToken);
    }

    private INodeReply Next() => ExpectMsg<ModelWorker.JobDone>(cancellationToken: TestContext.Current.CancellationToken).Reply;

    /// <summary>Time that passes when it is told to.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
