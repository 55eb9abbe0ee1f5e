using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Dashboard.Tests.Fakes;

/// <summary>What a cluster would answer; a test changes it while pages look.</summary>
internal sealed class FakeCluster
{
    public static readonly TrainingStatus Idle = new(
        null, RunPhase.Idle, 0, 0, 0, 0, 0, 0, null, null, 0, 0, 0, null, null, 0, 0, 0, null, null, null, null, null, null, 0, [], [], SampleRun.Leader);

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<ClusterEvent> _events = [];
    private readonly List<IComPOMessage> _requests = [];
    private TrainingStatus? _status = Idle;

    /// <summary>Who is in it.</summary>
    public ClusterMembers Members { get; set; } = new(SampleRun.Leader, SampleRun.Leader, [new MemberInfo(SampleRun.Leader, ["seed"], MemberState.Up, IsReachable: true, "1.0.0")]);

    /// <summary>All that it was asked.</summary>
    public IReadOnlyList<IComPOMessage> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>What it answers; null for nothing at all.</summary>
    public void Say(TrainingStatus? status, IEnumerable<string>? moreLines = null, IEnumerable<ClusterEvent>? moreEvents = null)
    {
        lock (_lock)
        {
            _lines.AddRange(moreLines ?? []);
            _events.AddRange(moreEvents ?? []);
            _status = status is null ? null : status with { LastEvent = _events.Count == 0 ? 0 : _events[^1].UnixMilliseconds };
        }
    }

    public Props Props() => Akka.Actor.Props.Create(() => new Endpoint(this));

    private IComPOMessage? Answer(IComPOMessage request)
    {
        lock (_lock)
        {
            _requests.Add(request);
            if (request is GetMembers)
                return Members;
            return _status is not { } status ? null : request switch
            {
                GetStatus => status,
                GetProgress progress => new TrainingProgress(
                    [.. _lines.Skip(progress.AfterIteration + 1).Take(Limits.LogLines)], progress.AfterIteration + 1 + Limits.LogLines < _lines.Count, status),
                GetEvents events => Told([.. _events.Where(happened => happened.UnixMilliseconds > events.After)], status.Supervisor),
                PauseTraining pause => new TrainingPausing(pause.RunId ?? "", status.Committed, status.Paused is not null),
                ResumeTraining resume when status.PausedByFault => new RequestRefused(RefusalReason.OutputFolder, $"The folder of {resume.RunId} cannot be written.", 8),
                ResumeTraining resume => new TrainingResumed(resume.RunId ?? "", status.Committed),
                StopTraining stop => new TrainingStopping(stop.RunId ?? "", status.Committed),
                _ => null,
            };
        }
    }

    private static RecentEvents Told(ClusterEvent[] events, string supervisor) => new([.. events.Take(Limits.Events)], events.Length > Limits.Events, supervisor);

    private sealed class Endpoint : ReceiveActor
    {
        public Endpoint(FakeCluster cluster) => Receive<IComPOMessage>(request =>
        {
            if (cluster.Answer(request) is { } answer)
                Sender.Tell(answer);
        });
    }
}
