using Akka.Actor;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// Does what is asked of the model, one thing after another, on a thread of its own. Each job ends in one <see cref="JobDone"/>: an exception
/// becomes a <see cref="NodeFailed"/> and the model stays as it was.
/// </summary>
internal sealed class ModelWorker : ReceiveActor
{
    private readonly ModelSession _session;

    public ModelWorker(ModelSession session)
    {
        _session = session;
        Receive<Job>(job => Context.Parent.Tell(Do(job)));
        Receive<LendHead>(lend => Sender.Tell(new HeadLent(_session.TryCopyHead(lend.Digest, lend.Into))));
    }

    public static Props PropsFor(ModelSession session) => Props.Create(() => new ModelWorker(session));

    protected override void PostStop() => _session.Dispose();

    private JobDone Do(Job job)
    {
        var since = TimeProvider.System.GetTimestamp();
        try
        {
            job.Cancellation.ThrowIfCancellationRequested();
            var reply = _session.Process(job.Request, job.Cancellation);
            return new JobDone(job, reply, _session.Pair);
        }
        catch (OperationCanceledException) when (job.Cancellation.IsCancellationRequested)
        {
            return Failed(job, "It was cancelled.", ExitCode.Interrupted);
        }
        catch (ComPOException exception)
        {
            return Failed(job, exception.Message, exception.ExitCode);
        }
        // The model's libraries throw what they like; the run that asked must hear of it, and the node live on.
        catch (Exception exception)
        {
            return Failed(job, $"{job.Request.GetType().Name} failed with {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}", ExitCode.RunFailed);
        }
        finally
        {
            Instruments.RequestSeconds.Record(
                TimeProvider.System.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("request", job.Request.GetType().Name));
        }
    }

    private JobDone Failed(Job job, string sentence, ExitCode exitCode) => new(
        job, new NodeFailed(job.Request.Request, Limits.Fit(sentence), (int)exitCode), _session.Pair);

    /// <summary>A request whose blobs are all on the shelf.</summary>
    internal sealed record Job(INodeRequest Request, IActorRef Asker, CancellationToken Cancellation) : INoSerializationVerificationNeeded;

    /// <summary>Copies the head that the run has at this moment, if it is the one that is wanted. Answered by <see cref="HeadLent"/>.</summary>
    /// <param name="Digest">The head that is wanted.</param>
    /// <param name="Into">Takes its values; nobody else touches it until the answer.</param>
    internal sealed record LendHead(Digest Digest, HeadWeights Into) : INoSerializationVerificationNeeded;

    /// <summary>Whether it was.</summary>
    internal sealed record HeadLent(bool IsWanted) : INoSerializationVerificationNeeded;

    /// <summary>A job's answer, and the pair that is prepared now.</summary>
    internal sealed record JobDone(Job Job, INodeReply Reply, PairSession? Pair) : INoSerializationVerificationNeeded;
}
