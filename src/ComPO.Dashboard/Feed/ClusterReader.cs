using Akka.Actor;
using Akka.Event;
using ComPO.Core.Errors;
using ComPO.Dashboard.Runs;
using ComPO.Protocol;

namespace ComPO.Dashboard.Feed;

/// <summary>
/// Asks the cluster how it is doing, at the node's own admin endpoint, and publishes the answers as a <see cref="LiveView"/>: one reader a node,
/// however many pages are open, and none of its questions while there is none. What is known already is not asked again.
/// </summary>
internal sealed class ClusterReader : ReceiveActor, IWithTimers
{
    /// <summary>Its name under /user.</summary>
    public const string Name = "dashboard";

    // After so long the cluster counts as silent, and is asked again: the request may have gone to a supervisor that is no more.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // Members come and go more seldom than blocks.
    private static readonly TimeSpan MembersInterval = TimeSpan.FromSeconds(2);

    private readonly ICanTell _endpoint;
    private readonly LiveView _live;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly RunTracker _run = new();
    private readonly EventHistory _events = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private TrainingStatus? _status;
    private DateTimeOffset? _silentSince;
    private DateTimeOffset? _askedAt;
    private ClusterMembers? _members;
    private DateTimeOffset? _membersAskedAt;
    private bool _isWanted;

    public ClusterReader(ICanTell endpoint, LiveView live, TimeSpan interval, TimeProvider time)
    {
        (_endpoint, _live, _interval, _time) = (endpoint, live, interval, time);
        Receive<Tick>(_ => OnTick());
        Receive<Wanted>(_ => OnWanted());
        Receive<TrainingStatus>(OnStatus);
        Receive<TrainingProgress>(OnProgress);
        Receive<RecentEvents>(OnEvents);
        // They show with what is published next: the rest may be under way.
        Receive<ClusterMembers>(members => _members = members);
        Receive<RequestRefused>(OnRefused);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="endpoint">Who answers for the cluster.</param>
    /// <param name="live">Where the answers show.</param>
    /// <param name="interval">How often to ask.</param>
    /// <param name="time">The clock.</param>
    public static Props PropsFor(ICanTell endpoint, LiveView live, TimeSpan interval, TimeProvider time) =>
        Props.Create(() => new ClusterReader(endpoint, live, interval, time));

    protected override void PreStart()
    {
        var self = Self;
        _live.Refresh = () => self.Tell(Wanted.Instance);
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _interval);
    }

    protected override void PostStop() => _live.Refresh = null;

    private void OnWanted()
    {
        _isWanted = true;
        OnTick();
    }

    private void OnTick()
    {
        if (!_isWanted && _live.Watchers == 0)
        {
            _askedAt = null;
            return;
        }
        var now = _time.GetUtcNow();
        AskForMembers(now);
        if (_askedAt is { } asked)
        {
            if (now - asked < Patience)
                return;
            BeSilent(asked);
        }
        _askedAt = now;
        _endpoint.Tell(new GetStatus(), Self);
    }

    private void AskForMembers(DateTimeOffset now)
    {
        if (now - _membersAskedAt < MembersInterval)
            return;
        _membersAskedAt = now;
        _endpoint.Tell(new GetMembers(), Self);
    }

    private void OnStatus(TrainingStatus status)
    {
        Take(status);
        _events.Follow(status.Supervisor, status.LastEvent);
        AskOnOrPublish();
    }

    private void OnProgress(TrainingProgress progress)
    {
        Take(progress.Status);
        try
        {
            _run.Add(progress.Lines);
        }
        catch (RunLogException exception)
        {
            // A node of another version leads; the rest can be shown all the same.
            _log.Warning("An iteration cannot be shown: {Sentence}", exception.Message);
            Publish();
            return;
        }
        AskOnOrPublish();
    }

    private void OnEvents(RecentEvents events)
    {
        _events.Add(events);
        AskOnOrPublish();
    }

    private void OnRefused(RequestRefused refused)
    {
        // Any other reason, such as a run that has just been followed by another, is an answer: the next question is asked in time.
        if (refused.Reason == RefusalReason.NotReady)
            BeSilent(_time.GetUtcNow());
        else
            _askedAt = null;
    }

    private void Take(TrainingStatus status)
    {
        (_status, _silentSince) = (status, null);
        _run.Follow(status);
    }

    private void AskOnOrPublish()
    {
        if (_status is not { } status)
            return;
        if (status.Committed > _run.Committed)
        {
            _askedAt = _time.GetUtcNow();
            _endpoint.Tell(new GetProgress(status.RunId, _run.Committed - 1), Self);
        }
        else if (status.LastEvent > _events.Last)
        {
            _askedAt = _time.GetUtcNow();
            _endpoint.Tell(new GetEvents(_events.Last), Self);
        }
        else
        {
            Publish();
        }
    }

    private void BeSilent(DateTimeOffset since)
    {
        _silentSince ??= since;
        Publish();
    }

    private void Publish()
    {
        (_askedAt, _isWanted) = (null, false);
        _live.Publish(new ClusterView(_status, _silentSince, _run.Picture, _members, _events.LatestFirst));
    }

    /// <summary>Time to ask.</summary>
    internal sealed class Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();

        private Tick()
        {
        }
    }

    /// <summary>Somebody wants to see now.</summary>
    private sealed class Wanted : INoSerializationVerificationNeeded
    {
        public static readonly Wanted Instance = new();

        private Wanted()
        {
        }
    }
}
