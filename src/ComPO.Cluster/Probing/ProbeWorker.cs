using Akka.Actor;
using ComPO.Core.Engines;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Protocol;

namespace ComPO.Cluster.Probing;

/// <summary>Computes blocks for one device, on a thread of its own. Each block ends in one <see cref="BlockDone"/>.</summary>
internal sealed class ProbeWorker : ReceiveActor
{
    public ProbeWorker() => Receive<ComputeBlock>(work => Sender.Tell(Compute(work)));

    public static Props Props { get; } = Akka.Actor.Props.Create(() => new ProbeWorker());

    private static BlockDone Compute(ComputeBlock work)
    {
        try
        {
            return new BlockDone(work.Block, work.Pair.Probe(work.Noise, work.Radius, work.Block.First, work.Block.Count, work.Cancellation), "");
        }
        catch (OperationCanceledException)
        {
            return new BlockDone(work.Block, null, "It was cancelled.");
        }
        // Whatever goes wrong in an engine fails this block, and is reported with it; the device stays.
        catch (Exception exception)
        {
            return new BlockDone(work.Block, null, Limits.Fit(exception.Message.ReplaceLineEndings(" ")));
        }
    }

    internal sealed record ComputeBlock(ProbeBlock Block, IPreparedPair Pair, NoiseKey Noise, double Radius, CancellationToken Cancellation)
        : INoSerializationVerificationNeeded;

    /// <summary>The block's outcomes, or null and why there are none.</summary>
    internal sealed record BlockDone(ProbeBlock Block, OutcomeBits? Outcomes, string Failure) : INoSerializationVerificationNeeded;
}
