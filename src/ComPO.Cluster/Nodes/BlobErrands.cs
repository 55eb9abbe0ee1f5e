using Akka.Actor;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// Gets the bytes that a request needs onto the shelf before it is done. What cannot be had by one way is tried by the next; when no way is left,
/// the request is done without, and says itself what it lacks. It reads and writes no bytes: a <see cref="BlobPorter"/> for each blob does.
/// </summary>
internal sealed class BlobErrands(BlobShelf shelf, BlobSettings settings, Action<INodeRequest, IActorRef> submit)
{
    private readonly List<Errand> _errands = [];
    private readonly Dictionary<Digest, BlobKind> _underWay = [];

    /// <summary>What has been fetched since the node was started.</summary>
    public ReceivedBlobs Received { get; private set; } = new();

    /// <summary>Fetches what a request needs, then submits it.</summary>
    public void Run(INodeRequest request, IActorRef asker, IUntypedActorContext context) =>
        TryNext(new Errand(request, asker, new Queue<Need[]>(WaysOf(request))), context);

    /// <summary>Forgets all errands: what was asked is not wanted any more.</summary>
    public IReadOnlyList<(INodeRequest Request, IActorRef Asker)> Abandon()
    {
        var abandoned = _errands.Select(errand => (errand.Request, errand.Asker)).ToList();
        _errands.Clear();
        return abandoned;
    }

    /// <summary>Some bytes are on the shelf.</summary>
    public void OnShelved(BlobShelved shelved, IUntypedActorContext context)
    {
        if (_underWay.Remove(shelved.Digest, out var kind))
            Received += Count(kind, shelved.FetchedBytes);
        foreach (var errand in _errands.Where(errand => errand.Missing.RemoveAll(need => need.Digest == shelved.Digest) > 0).ToList())
        {
            if (errand.Missing.Count > 0)
            {
                Fetch(errand, context);
                continue;
            }
            _errands.Remove(errand);
            submit(errand.Request, errand.Asker);
        }
    }

    /// <summary>Some bytes are not to be had.</summary>
    public void OnFailed(BlobFetchFailed failed, IUntypedActorContext context)
    {
        _underWay.Remove(failed.Digest);
        foreach (var errand in _errands.Where(errand => errand.Missing.Any(need => need.Digest == failed.Digest)).ToList())
        {
            _errands.Remove(errand);
            TryNext(errand, context);
        }
    }

    private void TryNext(Errand errand, IUntypedActorContext context)
    {
        if (!errand.Ways.TryDequeue(out var needs))
        {
            submit(errand.Request, errand.Asker);
            return;
        }
        errand.Missing = [.. needs.Where(need => !shelf.HasWhole(need.Digest))];
        if (errand.Missing.Count == 0)
        {
            submit(errand.Request, errand.Asker);
            return;
        }
        _errands.Add(errand);
        Fetch(errand, context);
    }

    // Parts of a head come one after another: all at once would be the whole head once more in memory.
    private void Fetch(Errand errand, IUntypedActorContext context)
    {
        var now = errand.Missing[0].Kind == BlobKind.Head ? errand.Missing.Take(1) : errand.Missing;
        foreach (var need in now.Where(need => _underWay.TryAdd(need.Digest, need.Kind)))
            context.ActorOf(BlobPorter.PropsFor(need.Digest, need.Holders, shelf, settings));
    }

    /// <summary>The ways to do a request, best first; each needs all of some bytes.</summary>
    private Need[][] WaysOf(INodeRequest request) => request switch
    {
        PreparePair prepare => [[new Need(prepare.FeatureDigest, prepare.Holders, BlobKind.Features)]],
        CheckUpdate check => [PartsOf(check.Parts)],
        // The update as it lies here, perhaps since before the node was started again; as it was emitted; else what it can be made from again.
        ApplyUpdate apply when shelf.Has(apply.UpdateDigest) => [[new Need(apply.UpdateDigest, [], BlobKind.Update)], .. WaysTo(apply)],
        ApplyUpdate apply => WaysTo(apply),
        TakeHead take => [[.. take.Parts.Select(part => new Need(part, take.Holders, BlobKind.Head))]],
        _ => [],
    };

    private static Need[][] WaysTo(ApplyUpdate apply) => [PartsOf(apply.Parts), [new Need(apply.FeatureDigest, apply.FeatureHolders, BlobKind.Features)]];

    private static Need[] PartsOf(UpdatePart[] parts) => [.. parts.Select(part => new Need(part.Digest, part.Holders, BlobKind.Update))];

    private static ReceivedBlobs Count(BlobKind kind, long bytes) => kind switch
    {
        BlobKind.Update => new ReceivedBlobs(UpdateBytes: bytes),
        BlobKind.Features => new ReceivedBlobs(FeatureBytes: bytes),
        _ => new ReceivedBlobs(HeadBytes: bytes),
    };

    private enum BlobKind
    {
        Update,
        Features,
        Head,
    }

    private readonly record struct Need(Digest Digest, IReadOnlyList<string> Holders, BlobKind Kind);

    private sealed class Errand(INodeRequest request, IActorRef asker, Queue<Need[]> ways)
    {
        public INodeRequest Request { get; } = request;

        public IActorRef Asker { get; } = asker;

        public Queue<Need[]> Ways { get; } = ways;

        public List<Need> Missing { get; set; } = [];
    }
}
