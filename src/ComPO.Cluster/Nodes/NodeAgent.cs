using Akka;
using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Probing;
using ComPO.Cluster.Stores;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// A trainer's agent, at /user/node. It owns the node's model (through <see cref="ModelWorker"/>), its devices (a
/// <see cref="PerturbationActor"/> each) and an <see cref="IterationExporter"/>, and does what the supervisor and its children ask. It computes nothing itself, so it always answers;
/// each request ends in one reply, however often it comes.
/// </summary>
internal sealed class NodeAgent : ReceiveActor, IWithTimers
{
    /// <summary>Its name under /user.</summary>
    public const string Name = "node";

    private readonly IModelLoader _loader;
    private readonly IActorRef _supervisor;
    private readonly ComPOSettings _settings;
    private readonly BlobShelf _shelf;
    private readonly RequestMemory _memory = new();
    private readonly DeviceGate _gate = new();
    private readonly BlobErrands _errands;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly string _address;
    private readonly Props _probeWorker;
    private readonly IActorRef _worker;
    private readonly IActorRef _exporter;
    private CancellationTokenSource _cancellation = new();
    private PairSession? _pair;
    // Jobs that the worker has or will have, but for those that touch no pair.
    private int _submitted;
    private string? _run;
    private TimeSpan? _registered;
    private string? _refusal;
    private bool _isLeaving;

    public NodeAgent(
        IModelLoader loader, NodeOptions options, ComPOSettings settings, BlobShelf shelf, IActorRef supervisor, string address, Props probeWorker)
    {
        (_loader, _settings, _supervisor, _address, _probeWorker) = (loader, settings, supervisor, address, probeWorker);
        _shelf = shelf;
        _errands = new BlobErrands(shelf, settings.Blobs, Submit);
        var paths = new PathRules(settings.AllowedRoots, settings.AllowedOutputRoots);
        _worker = Context.ActorOf(
            ModelWorker.PropsFor(new ModelSession(loader, new BodyRule(options.Body, loader.MemoryBytes), paths, shelf,
                PairStore.Of(options, settings.Store, sentence => _log.Warning("{0}", sentence))), settings.LongestRowAhead, TimeProvider.System)
                .WithDispatcher(ComPOSettings.ComputeDispatcher),
            "model");
        _exporter = Context.ActorOf(
            IterationExporter.PropsFor(loader, paths, shelf, settings.Blobs, _worker).WithDispatcher(ComPOSettings.ComputeDispatcher), "exporter");

        Receive<Register>(_ => Announce());
        Receive<NodeRegistered>(_ => (_registered, _refusal) = (Now, null));
        Receive<RequestRefused>(refused => OnRefused(refused.Sentence));
        Receive<GetRegistration>(_ => Sender.Tell(new Registration(Now - _registered)));
        Receive<Leave>(_ => OnLeave());
        Receive<INodeRequest>(OnRequest);
        Receive<DeviceQuiet>(_ => _gate.OnQuiet());
        Receive<BlobShelved>(shelved =>
        {
            _errands.OnShelved(shelved, Context);
            // What it was fetched for is done after this has been sent, so that whoever sees the one has counted the other.
            if (Timers.IsTimerActive(Register.Instance))
                Announce();
        });
        Receive<BlobFetchFailed>(failed => _errands.OnFailed(failed, Context));
        Receive<ModelWorker.JobDone>(OnJobDone);
        Receive<IterationExporter.Done>(done => Reply(done.Asker, done.Reply));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="loader">Opens models, on the devices that it has.</param>
    /// <param name="options">Whether to load bodies.</param>
    /// <param name="settings">When to ask again.</param>
    /// <param name="shelf">Where the node's blobs lie.</param>
    /// <param name="supervisor">Whoever leads.</param>
    /// <param name="address">The node's address.</param>
    /// <param name="probeWorker">What computes for a device: a <see cref="ProbeWorker"/>, or what stands in for one.</param>
    public static Props PropsFor(
        IModelLoader loader, NodeOptions options, ComPOSettings settings, BlobShelf shelf, IActorRef supervisor, string address, Props probeWorker) =>
        Props.Create(() => new NodeAgent(loader, options, settings, shelf, supervisor, address, probeWorker));

    // What concerns a run bears its name, and the iteration of the pair that is prepared.
    private ILoggingAdapter Log => (_run, _pair) switch
    {
        ({ } run, { } pair) => _log.WithContext("Run", run).WithContext("Iteration", pair.Noise.Iteration),
        ({ } run, null) => _log.WithContext("Run", run),
        _ => _log,
    };

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0);

    protected override void PreStart()
    {
        foreach (var (device, i) in _loader.Devices.Select((device, i) => (device, i)))
            _gate.Add(Context.ActorOf(PerturbationActor.PropsFor(new DeviceName(_address, device.Name), _settings, _probeWorker).WithDispatcher(Context.Props.Dispatcher), $"device-{i}"));
        var self = Self;
        CoordinatedShutdown.Get(Context.System).AddTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind,
            "hand-back-blocks",
            () => self.Ask<Done>(Leave.Instance, TimeSpan.FromSeconds(4)).ContinueWith(_ => Done.Instance, TaskScheduler.Default));
        Timers.StartPeriodicTimer(Register.Instance, Register.Instance, TimeSpan.Zero, _settings.RegisterInterval);
    }

    protected override void PostStop()
    {
        _cancellation.Cancel();
        _cancellation.Dispose();
    }

    // It goes on asking, and is refused for the same cause each time.
    private void OnRefused(string sentence)
    {
        if (sentence != _refusal)
            _log.Warning("The supervisor does not take this trainer: {Sentence}", sentence);
        _refusal = sentence;
    }

    // A node that is to stop does not finish its blocks first: others do them.
    private void OnLeave()
    {
        _isLeaving = true;
        Timers.Cancel(Register.Instance);
        _supervisor.Tell(new UnregisterNode(_address));
        Cancel();
        var asker = Sender;
        _gate.WhenQuiet(() => asker.Tell(Done.Instance));
    }

    private void OnRequest(INodeRequest request)
    {
        if (!_memory.IsNew(Sender, request.Request, out var answer))
        {
            if (answer is not null)
                Sender.Tell(answer);
            return;
        }
        // Whoever has not heard yet that it leaves must not hold it up.
        if (_isLeaving && request is not (StopProbing or ReleaseModel))
        {
            Reply(Sender, Interrupted(request));
            return;
        }
        switch (request)
        {
            case StartProbing start:
                OnStartProbing(start);
                break;
            case StopProbing stop:
                OnStopProbing(stop);
                break;
            // It has nothing to do with the run's model, so it neither waits for it nor is cancelled with it.
            case ExportIteration export:
                _exporter.Tell(new IterationExporter.Job(export, Sender));
                break;
            // What looks for later pairs does not touch the one that devices probe.
            case ScanRows scan:
                _worker.Tell(new ModelWorker.Job(scan, Sender, CancellationToken.None));
                break;
            default:
                _errands.Run(request, Sender, Context);
                break;
        }
    }

    private void OnStartProbing(StartProbing request)
    {
        if (_pair is not { } pair || pair.Noise.Iteration != request.Iteration)
        {
            Reply(Sender, Failure(request, $"{_address} holds no pair prepared for iteration {request.Iteration}."));
            return;
        }
        var aggregator = Sender;
        _gate.Begin(device => new BeginProbing(request.Iteration, pair.OnDevices[device], pair.Noise, pair.Radius, aggregator));
        Reply(Sender, new ProbingStarted(request.Request));
    }

    private void OnStopProbing(StopProbing request)
    {
        Cancel();
        var asker = Sender;
        _gate.WhenQuiet(() => Reply(asker, new ProbingStopped(request.Request)));
    }

    private void Cancel()
    {
        _cancellation.Cancel();
        _cancellation.Dispose();
        _cancellation = new CancellationTokenSource();
        foreach (var (request, asker) in _errands.Abandon())
            Reply(asker, Interrupted(request));
    }

    private void Submit(INodeRequest request, IActorRef asker)
    {
        var cancellation = MayBeCancelled(request) ? _cancellation.Token : CancellationToken.None;
        // The worker may put another in its place any moment: until all is done, there is none to probe.
        (_pair, _submitted) = (null, _submitted + 1);
        _gate.WhenQuiet(() => _worker.Tell(new ModelWorker.Job(request, asker, cancellation)));
    }

    private void OnJobDone(ModelWorker.JobDone done)
    {
        if (done.Job.Request is not ScanRows)
            _submitted--;
        _pair = _submitted == 0 ? done.Pair : null;
        if (done.Job.Request is LoadModel load)
            _run = load.RunId;
        else if (done.Job.Request is ReleaseModel)
            _run = null;
        if (done.Reply is NodeFailed { ExitCode: not (int)ExitCode.Interrupted } failed)
            Log.Warning("{Request} failed: {Sentence}", done.Job.Request.GetType().Name, failed.Sentence);
        Reply(done.Job.Asker, done.Reply);
    }

    private void Reply(IActorRef asker, INodeReply reply)
    {
        _memory.Remember(asker, reply);
        asker.Tell(reply);
    }

    private void Announce() => _supervisor.Tell(new RegisterNode(Describe(), _gate.HeldUp > _settings.RegisterInterval));

    private NodeStatus Describe() => new(
        _address,
        _loader.ComputeClass,
        [.. _loader.Devices.Select(device => new DeviceStatus(device.Name, device.Threads, device.MemoryBytes))],
        BytesSent: _shelf.BytesSent,
        BytesReceived: _shelf.BytesReceived,
        Received: _errands.Received);

    private static NodeFailed Interrupted(INodeRequest request) => new(request.Request, "It was cancelled.", (int)ExitCode.Interrupted);

    private static NodeFailed Failure(StartProbing request, string sentence) => new(request.Request, Limits.Fit(sentence), (int)ExitCode.RunFailed);

    // Once begun: while its bytes are being fetched, anything is given up. A half-loaded model or half-moved head helps no one; the rest can be given up
    // between two pairs, an export until it has begun.
    private static bool MayBeCancelled(INodeRequest request) => request is not (LoadModel or ReleaseModel or ApplyUpdate or TakeHead);

    /// <summary>Time to say that this node is there.</summary>
    internal sealed class Register : INoSerializationVerificationNeeded
    {
        public static readonly Register Instance = new();

        private Register()
        {
        }
    }

    /// <summary>Asks, on this node, whether the supervisor knows it; answered by <see cref="Registration"/>.</summary>
    internal sealed class GetRegistration : INoSerializationVerificationNeeded
    {
        public static readonly GetRegistration Instance = new();

        private GetRegistration()
        {
        }
    }

    /// <summary>When the supervisor last answered.</summary>
    /// <param name="Age">How long ago; null when it never has.</param>
    internal sealed record Registration(TimeSpan? Age) : INoSerializationVerificationNeeded;

    /// <summary>The node is about to leave the cluster.</summary>
    internal sealed class Leave : INoSerializationVerificationNeeded
    {
        public static readonly Leave Instance = new();

        private Leave()
        {
        }
    }
}
