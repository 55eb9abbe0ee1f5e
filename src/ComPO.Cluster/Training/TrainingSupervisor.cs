using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Core.Errors;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>
/// Leads runs: the singleton among the seed nodes. It accepts one run at a time and takes it from step to step; whatever it decides is in its
/// journal before anyone hears of it, so that it can go on on another node, or after all nodes have been down. What it decides lies in
/// <see cref="RunRules"/> and <see cref="RunState"/>; it owns a <see cref="RunRecorder"/> and a <see cref="Selecting.PairScout"/> a run, a
/// <see cref="TrainerGuide"/> a trainer and a <see cref="Aggregation.GradientAggregator"/> an iteration, and computes nothing itself.
/// </summary>
internal sealed partial class TrainingSupervisor : ReceivePersistentActor, IWithTimers
{
    /// <summary>The name of the singleton's manager under /user.</summary>
    public const string ManagerName = "supervisor";

    private readonly ComPOSettings _settings;
    private readonly BlobShelf _shelf;
    private readonly TimeProvider _time;
    private readonly PathRules _paths;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly string _address = Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString();
    private readonly EventLog _events;
    private readonly IterationTrace _trace = new();
    private RunState? _run;

    public TrainingSupervisor(ComPOSettings settings, BlobShelf shelf, TimeProvider time)
    {
        (_settings, _shelf, _time) = (settings, shelf, time);
        _paths = new PathRules(settings.AllowedRoots, settings.AllowedOutputRoots);
        _blocks = new BlockDivision(settings.BlockSize, settings.BlockTime);
        _progress = new RunProgress(time, _trace);
        _events = new EventLog(time);
        Recover<RunEvent>(Apply);
        KeepJournalShort();
        ListenToStarts();
        ListenToPlans();
        ListenToRecorder();
        ListenToConsoles();
        ListenToPauses();
        ListenToHistorians();
        ListenToExports();
        ListenToTrainers();
        ListenToSteps();
        ListenToScout();
    }

    /// <inheritdoc/>
    public override string PersistenceId => "compo-supervisor";

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The log; lines that a run is concerned with bear its name and iteration.</summary>
    private ILoggingAdapter RunLog => _run is { IsActive: true } run ? LogOf(run) : _log;

    private ILoggingAdapter LogOf(RunState run) => _log.WithContext("Run", run.RunId).WithContext("Iteration", run.Committed);

    private double ElapsedSeconds => Run.Elapsed(_time.GetUtcNow()).TotalSeconds;

    private RunState Run => _run ?? throw new InvalidOperationException("There is no run.");

    public static Props PropsFor(ComPOSettings settings, BlobShelf shelf, TimeProvider time) =>
        Props.Create(() => new TrainingSupervisor(settings, shelf, time));

    protected override void PreStart()
    {
        base.PreStart();
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _settings.TickInterval);
    }

    protected override void PostStop()
    {
        _trace.End("abandoned");
        RunTelemetry.Leaves();
        base.PostStop();
    }

    protected override void OnReplaySuccess()
    {
        if (_run is not { IsActive: true } run)
            return;
        RunLog.Info("Run {Run} goes on after {Committed} iterations", run.RunId, run.Committed);
        _events.Add(EventKind.RunTakenOver, $"Run {run.RunId} goes on after {run.Committed} iterations, led by {_address}.", _address);
        Instruments.Failovers.Add(1);
        _progress.TakeOver(run);
        _recorder = Context.ActorOf(RunRecorder.PropsFor(run.Output, _shelf, _settings.Blobs));
        _recorder.Tell(RunRecorder.Restore.Of(run));
        GoOn();
    }

    // A child that throws has lost its place in the run: the run ends with the cause instead of the child beginning anew. What reads old logs has no place.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(exception =>
    {
        if (Sender.Equals(_pastLogs))
            return Directive.Restart;
        Self.Tell(new ChildFailed(Sender, exception is ComPOException known
            ? known
            : new RunFailedException($"A part of the run failed with {exception.GetType().Name}: {exception.Message}", exception)));
        return Directive.Stop;
    });

    /// <summary>Writes down what happened; what follows from it follows when it is in the journal.</summary>
    private void Happen(RunEvent happened, Action then)
    {
        var since = _time.GetTimestamp();
        Persist(happened, written =>
        {
            Instruments.PersistSeconds.Record(_time.GetElapsedTime(since).TotalSeconds);
            Apply(written);
            then();
        });
    }

    private void Apply(RunEvent happened) => (_history, _run) = (_history.Apply(_run, happened), RunState.Apply(_run, happened));

    private void Happen(RunEvent happened) => Happen(happened, GoOn);

    /// <summary>A child has thrown.</summary>
    private sealed record ChildFailed(IActorRef Child, ComPOException Cause) : INoSerializationVerificationNeeded;

    /// <summary>Time to see who is still there, and to ask again what was not answered.</summary>
    internal sealed class Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();

        private Tick()
        {
        }
    }
}
