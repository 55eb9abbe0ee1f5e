using Akka.Actor;
using ComPO.Cluster.Probing;

namespace ComPO.Simulation;

/// <summary>
/// Stands in for the thread that a device computes on, below a real <see cref="PerturbationActor"/>: a block is done after a while, without a thread
/// having waited for it, with the outcomes that the pair really gives, or fails.
/// </summary>
internal sealed class SimulatedDevice : ReceiveActor, IWithTimers
{
    private readonly Dictionary<int, int> _attempts = [];
    private readonly Queue<(ProbeWorker.ComputeBlock Work, IActorRef Asker)> _inHand = [];

    public SimulatedDevice(int number, Conduct conduct)
    {
        Receive<ProbeWorker.ComputeBlock>(work =>
        {
            _inHand.Enqueue((work, Sender));
            if (_inHand.Count == 1)
                Begin(number, conduct);
        });
        Receive<Due>(due =>
        {
            _inHand.Dequeue().Asker.Tell(Answer(due));
            if (_inHand.Count > 0)
                Begin(number, conduct);
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props PropsFor(int number, Conduct conduct) => Props.Create(() => new SimulatedDevice(number, conduct));

    // A device does one block after the other.
    private void Begin(int number, Conduct conduct)
    {
        var work = _inHand.Peek().Work;
        var attempt = _attempts[work.Block.Block] = _attempts.GetValueOrDefault(work.Block.Block) + 1;
        Timers.StartSingleTimer(
            nameof(Due), new Due(work, conduct.Fails(number, work.Block.Block, attempt)), conduct.Latency(number, work.Block.Block, attempt));
    }

    private static ProbeWorker.BlockDone Answer(Due due)
    {
        var work = due.Work;
        if (due.Fails || work.Cancellation.IsCancellationRequested)
            return new ProbeWorker.BlockDone(work.Block, null, "The simulated device failed.");
        return new ProbeWorker.BlockDone(
            work.Block, work.Pair.Probe(work.Noise, work.Radius, work.Block.First, work.Block.Count, CancellationToken.None), "");
    }

    private sealed record Due(ProbeWorker.ComputeBlock Work, bool Fails) : INoSerializationVerificationNeeded;
}
