using Akka;
using Akka.Actor;
using Akka.Event;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Probing;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// A trainer's agent, at /user/node. It owns the node's model (through <see cref="ModelWorker"/>), its devices (a
/// <see cref="PerturbationActor"/> each) and its blobs, and does what the supervisor and the aggregator ask. It computes nothing itself, so it
/// always answers; each request ends in one reply.
/// </summary>
internal sealed class NodeAgent : ReceiveActor, IWithTimers
{
    /// <summary>Its name under /user.</summary>
    public const string Name = "node";

    private readonly IModelLoader _loader;
    private readonly IActorRef _supervisor;
    private readonly ComPOSettings _settings;
    private readonly BlobShelf _shelf = new();
    private readonly List<IActorRef> _devices = [];
    private readonly List<Fetching> _fetching = [];
    private readonly HashSet<Digest> _underWay = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly string _address;
    private readonly IActorRef _worker;
    private CancellationTokenSource _cancellation = new();
    private PairSession? _pair;
    private readonly List<Action> _whenQuiet = [];
    private bool _isProbing;
    private int _devicesToQuiet;

    public NodeAgent(IModelLoader loader, NodeOptions options, ComPOSettings settings, IActorRef supervisor)
    {
        (_loader, _settings, _supervisor) = (loader, settings, supervisor);
        _address = Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString();
        _worker = Context.ActorOf(
            ModelWorker.PropsFor(new ModelSession(loader, options.Body != "no", new PathRules(settings.AllowedRoots), _shelf))
                .WithDispatcher(ComPOSettings.ComputeDispatcher),
            "model");

        Receive<Register>(_ => _supervisor.Tell(new RegisterNode(Describe())));
        Receive<NodeRegistered>(_ => { });
        Receive<StartProbing>(OnStartProbing);
        Receive<StopProbing>(OnStopProbing);
        Receive<DeviceQuiet>(_ => OnDeviceQuiet());
        Receive<ReleaseModel>(request =>
        {
            _shelf.ForgetAllBut();
            Submit(request, Sender, CancellationToken.None);
        });
        Receive<PreparePair>(request => FetchThenSubmit(request, [request.FeatureDigest], _ => request.Holders));
        Receive<CheckUpdate>(request => FetchThenSubmit(request, Digests(request.Parts), digest => Holders(request.Parts, digest)));
        Receive<ApplyUpdate>(request => FetchThenSubmit(request, Digests(request.Parts), digest => Holders(request.Parts, digest)));
        Receive<INodeRequest>(request => Submit(request, Sender, MayBeCancelled(request) ? _cancellation.Token : CancellationToken.None));
        Receive<BlobFetched>(OnFetched);
        Receive<BlobFetchFailed>(OnFetchFailed);
        Receive<ModelWorker.JobDone>(OnJobDone);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(IModelLoader loader, NodeOptions options, ComPOSettings settings, IActorRef supervisor) =>
        Props.Create(() => new NodeAgent(loader, options, settings, supervisor));

    protected override void PreStart()
    {
        Context.ActorOf(BlobStore.PropsFor(_shelf), BlobStore.Name);
        foreach (var (device, i) in _loader.Devices.Select((device, i) => (device, i)))
            _devices.Add(Context.ActorOf(PerturbationActor.PropsFor($"{_address}/{device.Name}", _settings), $"device-{i}"));
        // A node that is to stop does not finish its blocks first.
        var self = Self;
        CoordinatedShutdown.Get(Context.System).AddTask(
            CoordinatedShutdown.PhaseServiceStop, "stop-computing", () => self.Ask<ProbingStopped>(new StopProbing(0), TimeSpan.FromSeconds(4)).ContinueWith(
                _ => Done.Instance, TaskScheduler.Default));
        Timers.StartPeriodicTimer(Register.Instance, Register.Instance, TimeSpan.Zero, _settings.RegisterInterval);
    }

    protected override void PostStop()
    {
        _cancellation.Cancel();
        _cancellation.Dispose();
    }

    private void OnStartProbing(StartProbing request)
    {
        if (_pair is not { } pair || pair.Noise.Iteration != request.Iteration || _isProbing)
        {
            Sender.Tell(Failure(request, $"{_address} holds no pair prepared for iteration {request.Iteration}."));
            return;
        }
        _isProbing = true;
        foreach (var device in _devices)
            device.Tell(new BeginProbing(request.Iteration, pair.Prepared, pair.Noise, pair.Radius, Sender));
        Sender.Tell(new ProbingStarted(request.Request));
    }

    private void OnStopProbing(StopProbing request)
    {
        _cancellation.Cancel();
        _cancellation = new CancellationTokenSource();
        var asker = Sender;
        WhenQuiet(() => asker.Tell(new ProbingStopped(request.Request)));
    }

    // The devices and the model's thread never work at once: the pair the devices probe is the model's to replace.
    private void WhenQuiet(Action then)
    {
        if (!_isProbing)
        {
            then();
            return;
        }
        _whenQuiet.Add(then);
        if (_whenQuiet.Count > 1)
            return;
        _devicesToQuiet = _devices.Count;
        foreach (var device in _devices)
            device.Tell(EndProbing.Instance);
    }

    private void OnDeviceQuiet()
    {
        if (!_isProbing || --_devicesToQuiet > 0)
            return;
        _isProbing = false;
        var waiting = _whenQuiet.ToArray();
        _whenQuiet.Clear();
        foreach (var then in waiting)
            then();
    }

    private void FetchThenSubmit(INodeRequest request, IReadOnlyCollection<Digest> digests, Func<Digest, IReadOnlyList<string>> holdersOf)
    {
        var missing = digests.Where(digest => !_shelf.TryGet(digest, out _)).ToHashSet();
        if (missing.Count == 0)
        {
            Submit(request, Sender, _cancellation.Token);
            return;
        }
        _fetching.Add(new Fetching(request, Sender, missing));
        foreach (var digest in missing.Where(_underWay.Add))
            Context.ActorOf(BlobFetcher.PropsFor(digest, holdersOf(digest), _settings.Blobs));
    }

    private void OnFetched(BlobFetched fetched)
    {
        _underWay.Remove(fetched.Digest);
        _shelf.Keep(fetched.Bytes);
        foreach (var waiting in _fetching.Where(waiting => waiting.Missing.Remove(fetched.Digest) && waiting.Missing.Count == 0).ToList())
        {
            _fetching.Remove(waiting);
            Submit(waiting.Request, waiting.Asker, _cancellation.Token);
        }
    }

    private void OnFetchFailed(BlobFetchFailed failed)
    {
        _underWay.Remove(failed.Digest);
        foreach (var waiting in _fetching.Where(waiting => waiting.Missing.Contains(failed.Digest)).ToList())
        {
            _fetching.Remove(waiting);
            waiting.Asker.Tell(Failure(waiting.Request, $"{_address}: {failed.Sentence}"));
        }
    }

    private void Submit(INodeRequest request, IActorRef asker, CancellationToken cancellation) =>
        WhenQuiet(() => _worker.Tell(new ModelWorker.Job(request, asker, cancellation)));

    private void OnJobDone(ModelWorker.JobDone done)
    {
        _pair = done.Pair;
        if (done.Reply is NodeFailed { ExitCode: not (int)ExitCode.Interrupted } failed)
            _log.Warning("{Request} failed: {Sentence}", done.Job.Request.GetType().Name, failed.Sentence);
        done.Job.Asker.Tell(done.Reply);
    }

    private NodeStatus Describe() => new(
        _address,
        _loader.ComputeClass,
        [.. _loader.Devices.Select(device => new DeviceStatus(device.Name, device.Threads, device.MemoryBytes))],
        null,
        null);

    private static NodeFailed Failure(INodeRequest request, string sentence) => new(request.Request, sentence, (int)ExitCode.RunFailed);

    private static HashSet<Digest> Digests(UpdatePart[] parts) => [.. parts.Select(part => part.Digest)];

    private static string[] Holders(UpdatePart[] parts, Digest digest) => [.. parts.Where(part => part.Digest == digest).Select(part => part.Holder)];

    // A half-loaded model and a half-written folder help no one; the rest can be given up between two pairs.
    private static bool MayBeCancelled(INodeRequest request) => request is not (LoadModel or ExportModel);

    /// <summary>Time to say that this node is there.</summary>
    internal sealed class Register : INoSerializationVerificationNeeded
    {
        public static readonly Register Instance = new();

        private Register()
        {
        }
    }

    private sealed record Fetching(INodeRequest Request, IActorRef Asker, HashSet<Digest> Missing);
}
