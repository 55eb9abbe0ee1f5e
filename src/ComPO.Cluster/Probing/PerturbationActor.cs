using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Core.Noise;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Probing;

/// <summary>What one iteration asks of a device. Local to a node.</summary>
internal sealed record BeginProbing(int Iteration, IPreparedPair Pair, NoiseKey Noise, double Radius, IActorRef Aggregator)
    : INoSerializationVerificationNeeded;

/// <summary>Cancels the device's work; answered by <see cref="DeviceQuiet"/> once the pair is in no one's hands.</summary>
internal sealed class EndProbing : INoSerializationVerificationNeeded
{
    public static readonly EndProbing Instance = new();

    private EndProbing()
    {
    }
}

/// <summary>The device computes nothing and holds no pair.</summary>
internal sealed record DeviceQuiet(string Device) : INoSerializationVerificationNeeded;

/// <summary>
/// One device's side of the work pulling. It asks the aggregator for blocks, one ahead of what is being computed, and repeats
/// each report until it is accepted. The computation belongs to its child on a thread of its own, so that this actor always
/// answers at once; the block ahead waits with the child already, so that the device never waits for a message.
/// </summary>
internal sealed class PerturbationActor : ReceiveActor, IWithTimers
{
    // The one that is computed and the one ahead.
    private const int BlocksInHand = 2;

    private readonly string _device;
    private readonly string _ownName;
    private readonly ComPOSettings _settings;
    private readonly Props _workerProps;
    private readonly Dictionary<int, IComPOMessage> _unaccepted = [];
    private IActorRef _worker = ActorRefs.Nobody;
    private BeginProbing? _work;
    private CancellationTokenSource _cancellation = new();
    // The blocks that the worker has, and since when it has been at the first of them.
    private readonly HashSet<int> _inHand = [];
    private long _computingSince;
    private bool _asked;

    public PerturbationActor(DeviceName device, ComPOSettings settings, Props worker)
    {
        (_device, _ownName, _settings, _workerProps) = ($"{device}", device.Name, settings, worker);
        Become(Idle);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="device">Its name in the cluster.</param>
    /// <param name="settings">When to ask again.</param>
    /// <param name="worker">Computes: a <see cref="ProbeWorker"/>, or what stands in for one.</param>
    public static Props PropsFor(DeviceName device, ComPOSettings settings, Props worker) => Props.Create(() => new PerturbationActor(device, settings, worker));

    protected override void PreStart() => _worker = Context.ActorOf(_workerProps.WithDispatcher(ComPOSettings.ComputeDispatcher), "worker");

    protected override void PostStop()
    {
        _cancellation.Cancel();
        _cancellation.Dispose();
    }

    private void Idle()
    {
        Receive<BeginProbing>(work =>
        {
            _work = work;
            Become(Pulling);
            Timers.StartPeriodicTimer(Resend.Instance, Resend.Instance, _settings.ResendInterval);
            Ask();
        });
        Receive<EndProbing>(_ => Sender.Tell(new DeviceQuiet(_device)));
        ReceiveAny(Ignore);
    }

    private void Pulling()
    {
        Receive<ProbeBlock>(OnBlock);
        Receive<NoBlockNow>(later => later.Iteration == _work!.Iteration, _ =>
        {
            _asked = false;
            Timers.StartSingleTimer(Retry.Instance, Retry.Instance, _settings.RetryInterval);
        });
        Receive<ProbingOver>(over => over.Iteration == _work!.Iteration, _ => _asked = false);
        Receive<BlockAccepted>(accepted => accepted.Iteration == _work!.Iteration, accepted => _unaccepted.Remove(accepted.Block));
        Receive<ProbeWorker.BlockDone>(OnDone);
        Receive<Retry>(_ => Ask());
        Receive<Resend>(_ => OnResend());
        Receive<EndProbing>(_ => OnEnd());
        ReceiveAny(Ignore);
    }

    private void Quieting(IActorRef asker)
    {
        Receive<ProbeWorker.BlockDone>(done =>
        {
            _inHand.Remove(done.Block.Block);
            if (_inHand.Count == 0)
                BecomeQuiet(asker);
        });
        // Who asks twice is answered once for both.
        Receive<EndProbing>(_ => { });
        ReceiveAny(Ignore);
    }

    private void OnBlock(ProbeBlock block)
    {
        if (block.Iteration != _work!.Iteration)
            return;
        _asked = false;
        // A request that was repeated may be answered by two blocks: both are this device's to do, and one that it has already is not.
        if (!_unaccepted.ContainsKey(block.Block) && _inHand.Add(block.Block))
        {
            if (_inHand.Count == 1)
                _computingSince = TimeProvider.System.GetTimestamp();
            _worker.Tell(new ProbeWorker.ComputeBlock(block, _work.Pair, _work.Noise, _work.Radius, _cancellation.Token));
        }
        Ask();
    }

    private void OnDone(ProbeWorker.BlockDone done)
    {
        var now = TimeProvider.System.GetTimestamp();
        Instruments.ProbeSeconds.Record(
            TimeProvider.System.GetElapsedTime(_computingSince, now).TotalSeconds, new KeyValuePair<string, object?>("device", _ownName));
        _computingSince = now;
        _inHand.Remove(done.Block.Block);
        Report(done.Block.Block, done.Outcomes is { } outcomes
            ? new BlockProbed(_work!.Iteration, done.Block.Block, _device, outcomes.ToBytes())
            : new BlockFailed(_work!.Iteration, done.Block.Block, _device, done.Failure));
        Ask();
    }

    private void OnResend()
    {
        foreach (var report in _unaccepted.Values)
            _work!.Aggregator.Tell(report);
        // The answer may be lost; a block that comes twice is harmless.
        if (_asked)
            _work!.Aggregator.Tell(new RequestBlock(_work.Iteration, _device));
    }

    private void OnEnd()
    {
        _cancellation.Cancel();
        if (_inHand.Count == 0)
            BecomeQuiet(Sender);
        else
            Become(() => Quieting(Sender));
    }

    private void BecomeQuiet(IActorRef asker)
    {
        Timers.CancelAll();
        _unaccepted.Clear();
        (_work, _asked) = (null, false);
        _cancellation.Dispose();
        _cancellation = new CancellationTokenSource();
        Become(Idle);
        asker.Tell(new DeviceQuiet(_device));
    }

    private void Ask()
    {
        if (_asked || _inHand.Count >= BlocksInHand)
            return;
        _asked = true;
        _work!.Aggregator.Tell(new RequestBlock(_work.Iteration, _device));
    }

    private void Report(int block, IComPOMessage report)
    {
        _unaccepted[block] = report;
        _work!.Aggregator.Tell(report);
    }

    // What is left over from an iteration that ended says nothing about this one.
    private static void Ignore(object message)
    {
    }

    /// <summary>Time to ask for a block again.</summary>
    internal sealed class Retry : INoSerializationVerificationNeeded
    {
        public static readonly Retry Instance = new();

        private Retry()
        {
        }
    }

    /// <summary>Time to repeat what was not answered.</summary>
    internal sealed class Resend : INoSerializationVerificationNeeded
    {
        public static readonly Resend Instance = new();

        private Resend()
        {
        }
    }
}
