using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>
/// Leads runs: the singleton among the seed nodes. It accepts one run at a time, takes it from pair to pair and writes its log. What it decides
/// lies in <see cref="RunRules"/> and <see cref="RunState"/>; it owns a <see cref="RunRecorder"/> a run and a
/// <see cref="Aggregation.GradientAggregator"/> an iteration, and computes nothing itself. One method is one phase; in each it answers consoles
/// and trainers at once.
/// </summary>
internal sealed partial class TrainingSupervisor : ReceiveActor, IWithTimers, IWithUnboundedStash
{
    /// <summary>The name of the singleton's manager under /user.</summary>
    public const string ManagerName = "supervisor";

    private readonly ComPOSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<string, Trainer> _trainers = new(StringComparer.Ordinal);
    private readonly NodeRound _round = new();
    private readonly RunProgress _progress;
    private RunState? _run;
    private IReadOnlyList<Trainer> _participants = [];
    private IActorRef _recorder = ActorRefs.Nobody;
    private IActorRef _aggregator = ActorRefs.Nobody;

    public TrainingSupervisor(ComPOSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _progress = new RunProgress(time);
        Become(Idle);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    public static Props PropsFor(ComPOSettings settings, TimeProvider time) => Props.Create(() => new TrainingSupervisor(settings, time));

    // A child that throws has lost its place in the run: the run ends with the cause instead of the child beginning anew.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        Self.Tell(new ChildFailed(exception is ComPOException known ? known : new RunFailedException($"A part of the run failed with {exception.GetType().Name}: {exception.Message}", exception)));
        return Directive.Stop;
    });

    private RunState Run => _run ?? throw new InvalidOperationException("There is no run.");

    /// <summary>The trainer that has the body, selects, evaluates and exports.</summary>
    private Trainer Leader => _participants.First(trainer => trainer.Node.HasBody == true);

    /// <summary>What every phase answers at once.</summary>
    private void Always()
    {
        Receive<RegisterNode>(OnRegister);
        Receive<Terminated>(OnTerminated);
        Receive<GetStatus>(_ => Sender.Tell(Status()));
        Receive<GetProgress>(OnGetProgress);
        Receive<ProbingProgress>(progress => _progress.BlocksAreDone(progress.BlocksDone, progress.PerturbationsDone, progress.Improved));
    }

    /// <summary>What every phase of a run answers at once, besides.</summary>
    private void Running()
    {
        Always();
        Receive<StartTraining>(request => Sender.Tell(RunRules.Start(_run, request, _time.GetUtcNow()).Reply));
        Receive<PlanTraining>(_ => Sender.Tell(new RequestRefused(
            RefusalReason.RunActive, $"The run {Run.RunId} is active and the trainers are busy with it; ask again when it is over.", (int)ExitCode.Refused)));
        Receive<StopTraining>(OnStop);
        Receive<RunRecorder.RecordingFailed>(failed => Fail(failed.Sentence, failed.ExitCode));
        Receive<ChildFailed>(failed => Fail(failed.Cause.Message, (int)failed.Cause.ExitCode));
    }

    private void OnRegister(RegisterNode register)
    {
        if (!_trainers.TryGetValue(register.Node.Address, out var known) || !known.Agent.Equals(Sender))
        {
            _trainers[register.Node.Address] = new Trainer(Sender, register.Node);
            Context.Watch(Sender);
            _log.Info("Trainer {Address} joined with {Devices}", register.Node.Address, string.Join(", ", register.Node.Devices.Select(device => device.Name)));
            Self.Tell(TrainerJoined.Instance);
        }
        Sender.Tell(new NodeRegistered(register.Node.Address));
    }

    private void OnTerminated(Terminated terminated)
    {
        var left = _trainers.Values.FirstOrDefault(trainer => trainer.Agent.Equals(terminated.ActorRef));
        if (left is null)
            return;
        _trainers.Remove(left.Address);
        _log.Warning("Trainer {Address} left", left.Address);
        if (_run is { IsActive: true } && _participants.Any(trainer => trainer.Agent.Equals(terminated.ActorRef)))
        {
            Fail(
                $"The trainer {left.Address} left the cluster during iteration {Run.Committed} of the run {Run.RunId}; start another run when it is back.",
                (int)ExitCode.RunFailed);
        }
        else
        {
            Self.Tell(new TrainerLeft(left));
        }
    }

    private void OnGetProgress(GetProgress request)
    {
        if (_run is null || request.RunId is { } id && id != _run.RunId)
        {
            Sender.Tell(new RequestRefused(
                RefusalReason.NoSuchRun, $"There is no run {request.RunId ?? "yet"} to follow.", (int)ExitCode.Refused));
            return;
        }
        var first = (int)Math.Clamp(request.AfterIteration + 1L, 0, _run.Committed);
        var lines = _run.Lines.GetRange(first, Math.Min(Limits.LogLines, _run.Committed - first));
        Sender.Tell(new TrainingProgress([.. lines], first + lines.Count < _run.Committed, Status()));
    }

    /// <summary>Asks some trainers and goes on when all have answered.</summary>
    private void Await<TReply>(
        RunPhase phase, IReadOnlyList<Trainer> trainers, Func<int, long, INodeRequest> request, Action<IReadOnlyList<TReply>> then)
        where TReply : INodeReply
    {
        _progress.Phase = phase;
        Become(() =>
        {
            Receive<INodeReply>(reply =>
            {
                switch (_round.Take(reply))
                {
                    case RoundState.Complete:
                        then(_round.Replies<TReply>());
                        break;
                    case RoundState.Failed:
                        var (trainer, failed) = _round.Failure!.Value;
                        Fail($"{trainer.Address}: {failed.Sentence}", failed.ExitCode);
                        break;
                }
            });
            Receive<RunRecorder.Recorded>(OnRecorded);
            Running();
        });
        _round.Ask(trainers, request, Self);
    }

    private void Happen(RunEvent happened) => _run = _run is null || happened is RunStarted ? RunState.Of((RunStarted)happened) : _run.Apply(happened);

    /// <summary>A child has thrown.</summary>
    private sealed record ChildFailed(ComPOException Cause) : INoSerializationVerificationNeeded;

    /// <summary>A trainer that was not known has registered.</summary>
    private sealed class TrainerJoined : INoSerializationVerificationNeeded
    {
        public static readonly TrainerJoined Instance = new();

        private TrainerJoined()
        {
        }
    }

    /// <summary>A trainer is gone that no run was using.</summary>
    private sealed record TrainerLeft(Trainer Trainer) : INoSerializationVerificationNeeded;
}
