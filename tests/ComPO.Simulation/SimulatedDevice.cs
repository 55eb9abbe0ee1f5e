using Akka.Actor;
using ComPO.Cluster.Probing;

namespace ComPO.Simulation;

/// <summary>
/// Stands in for the thread that a device computes on, below a real <see cref="PerturbationActor"/>: a block is done after a while, without a thread
/// having waited for it, with the outcomes that the pair really gives, or fails.
/// </summary>
internal sealed class SimulatedDevice : ReceiveActor
{
    private readonly Dictionary<int, int> _attempts = [];

    public SimulatedDevice(int number, Conduct conduct)
    {
        Receive<ProbeWorker.ComputeBlock>(work =>
        {
            var attempt = _attempts[work.Block.Block] = _attempts.GetValueOrDefault(work.Block.Block) + 1;
            Context.System.Scheduler.ScheduleTellOnce(
                conduct.Latency(number, work.Block.Block, attempt), Self, new Due(work, conduct.Fails(number, work.Block.Block, attempt)), Sender);
        });
        Receive<Due>(due => Sender.Tell(Answer(due)));
    }

    public static Props PropsFor(int number, Conduct conduct) => Props.Create(() => new SimulatedDevice(number, conduct));

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
