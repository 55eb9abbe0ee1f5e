using Akka.Actor;
using Akka.TestKit.Xunit;
using ComPO.Dashboard.Feed;
using ComPO.Dashboard.Tests.Fakes;
using ComPO.Protocol;

namespace ComPO.Dashboard.Tests.Feed;

public sealed class ClusterReaderTests : TestKit
{
    // Ticks come when a test says so.
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly LiveView _live = new();
    private readonly FakeCluster _cluster = new();
    private readonly ManualTime _time = new();
    private IActorRef _endpoint = ActorRefs.Nobody;

    private IActorRef Start(TimeSpan? interval = null)
    {
        _endpoint = Sys.ActorOf(_cluster.Props());
        var reader = Sys.ActorOf(ClusterReader.PropsFor(_endpoint, _live, interval ?? Never, _time));
        Eventually(() => _live.Refresh is not null);
        return reader;
    }

    [Fact]
    public async Task It_gathers_a_run_and_its_events_and_asks_for_nothing_twice()
    {
        _cluster.Say(SampleRun.Status(43), SampleRun.Lines(43), SampleRun.Events);
        Start();

        var view = await _live.FreshAsync(Patience);
        Assert.Equal((43, SampleRun.Events.Count), (view.Run.Committed, view.Events.Count));
        Assert.Equal(SampleRun.Events.Reverse(), view.Events);
        var asked = _cluster.Requests.Count;

        var next = await _live.FreshAsync(Patience);
        Assert.Equal(asked + 1, _cluster.Requests.Count);
        Assert.Same(view.Run, next.Run);
        Assert.Same(view.Events, next.Events);
    }

    [Fact]
    public async Task Ten_pages_ask_no_more_often_than_one_and_none_asks_nothing()
    {
        var reader = Start();
        reader.Tell(ClusterReader.Tick.Instance);
        await SettleAsync(reader);
        Assert.Empty(_cluster.Requests);

        var told = 0;
        var watches = Enumerable.Range(0, 10).Select(_ => _live.Watch(_ => Interlocked.Increment(ref told))).ToList();
        await SettleAsync(reader);
        var (asked, heard) = (_cluster.Requests.Count, Volatile.Read(ref told));
        Assert.True(asked > 0 && heard >= 10);
        reader.Tell(ClusterReader.Tick.Instance);
        await SettleAsync(reader);
        Assert.Equal((asked + 1, heard + 10), (_cluster.Requests.Count, Volatile.Read(ref told)));

        foreach (var watch in watches)
            watch.Dispose();
        Assert.Equal(0, _live.Watchers);
        reader.Tell(ClusterReader.Tick.Instance);
        await SettleAsync(reader);
        Assert.Equal(asked + 1, _cluster.Requests.Count);
    }

    [Fact]
    public async Task Members_are_asked_for_at_a_pace_of_their_own_and_by_the_node_itself_when_nobody_leads()
    {
        _cluster.Say(SampleRun.Status(5), SampleRun.Lines(5));
        var reader = Start();
        using var watch = _live.Watch(_ => { });
        for (var tick = 0; tick < 5; tick++)
            await _live.FreshAsync(Patience);
        Assert.Single(_cluster.Requests.OfType<GetMembers>());
        Assert.Same(_cluster.Members, _live.Current.Members);

        _cluster.Say(null);
        _cluster.Members = _cluster.Members with { Leader = null };
        for (var tick = 0; tick < 3; tick++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            reader.Tell(ClusterReader.Tick.Instance);
            await SettleAsync(reader);
        }
        Assert.True(_live.Current is { SilentSince: not null, Members.Leader: null });
        Assert.Equal(4, _cluster.Requests.OfType<GetMembers>().Count());
    }

    [Fact]
    public async Task A_cluster_that_falls_silent_shows_so_and_what_was_known_stays()
    {
        _cluster.Say(SampleRun.Status(5), SampleRun.Lines(5));
        var reader = Start();
        using var watch = _live.Watch(_ => { });
        await _live.FreshAsync(Patience);

        _cluster.Say(null);
        var asked = _time.GetUtcNow();
        reader.Tell(ClusterReader.Tick.Instance);
        await SettleAsync(reader);
        _time.Advance(TimeSpan.FromSeconds(5));
        reader.Tell(ClusterReader.Tick.Instance);
        Eventually(() => _live.Current.SilentSince is not null);
        Assert.Equal((asked, 5), (_live.Current.SilentSince!.Value, _live.Current.Run.Committed));

        // Another seed leads now, and knows what happened since.
        _cluster.Say(SampleRun.Status(6) with { Supervisor = "akka.tcp://ComPO@10.0.0.2:4053" }, SampleRun.Lines(6).Skip(5), [SampleRun.Events[0]]);
        _time.Advance(TimeSpan.FromSeconds(5));
        reader.Tell(ClusterReader.Tick.Instance);
        Eventually(() => _live.Current is { SilentSince: null, Run.Committed: 6, Events.Count: 1 });
    }

    [Fact]
    public async Task Thousands_of_updates_leave_the_page_as_large_as_it_was()
    {
        Start();
        using var watch = _live.Watch(_ => { });
        var random = new Random(5);
        for (var i = 0; i < 3000; i++)
        {
            _cluster.Say(
                SampleRun.Status(i + 1, 3000),
                [SampleRun.Line(i, random).ToJson()],
                [new ClusterEvent(SampleRun.Started + i, EventKind.UpdateAccepted, null, i, "Accepted.")]);
            if (i % 10 == 0)
                await _live.FreshAsync(Patience);
        }
        var view = await _live.FreshAsync(Patience);
        while (view.Run.Committed < 3000)
            view = await _live.FreshAsync(Patience);

        Assert.InRange(view.Run.Points.Count, 1, Dashboard.Runs.IterationSeries.MostPoints);
        Assert.Equal(Dashboard.Runs.RunTracker.MostRecent, view.Run.Recent.Count);
        Assert.Equal(EventHistory.Capacity, view.Events.Count);
        Assert.Equal(2999, view.Events[0].Iteration);
    }

    // Without an interval it would look once in a tenth of its patience.
    private void Eventually(Func<bool> condition) =>
        AwaitCondition(condition, Patience, TimeSpan.FromMilliseconds(20), cancellationToken: TestContext.Current.CancellationToken);

    // What the reader was told before is done with when all are answered: it has asked, was answered, and has heard that.
    private async Task SettleAsync(IActorRef reader)
    {
        foreach (var actor in (IActorRef[])[reader, _endpoint, reader])
            await actor.Ask<ActorIdentity>(new Identify(0), Patience, TestContext.Current.CancellationToken);
    }

    private sealed class ManualTime : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan time) => _now += time;
    }
}
