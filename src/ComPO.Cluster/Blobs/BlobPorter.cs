using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;

namespace ComPO.Cluster.Blobs;

/// <summary>Some bytes lie on the shelf, whole.</summary>
/// <param name="Digest">Their name.</param>
/// <param name="FetchedBytes">How many came from other nodes for it; 0 when they lay there.</param>
internal sealed record BlobShelved(Digest Digest, long FetchedBytes) : INoSerializationVerificationNeeded;

/// <summary>
/// Sees to it that one blob lies on the shelf, whole: reads what is there, has a <see cref="BlobFetcher"/> get what is not, and keeps it. Tells its
/// parent once, by <see cref="BlobShelved"/> or <see cref="BlobFetchFailed"/>. It runs where waiting for disks is welcome, because a head takes seconds
/// to read or write.
/// </summary>
internal sealed class BlobPorter : ReceiveActor
{
    private readonly Digest _digest;
    private readonly IReadOnlyList<string> _holders;
    private readonly BlobShelf _shelf;
    private readonly BlobSettings _settings;

    public BlobPorter(Digest digest, IReadOnlyList<string> holders, BlobShelf shelf, BlobSettings settings)
    {
        (_digest, _holders, _shelf, _settings) = (digest, holders, shelf, settings);
        Receive<Look>(_ => OnLook());
        Receive<BlobFetched>(OnFetched);
        Receive<BlobFetchFailed>(End);
    }

    public static Props PropsFor(Digest digest, IReadOnlyList<string> holders, BlobShelf shelf, BlobSettings settings) =>
        Props.Create(() => new BlobPorter(digest, holders, shelf, settings)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    protected override void PreStart() => Self.Tell(Look.Instance);

    private void OnLook() => Do(() =>
    {
        if (_shelf.TryGet(_digest, out _))
            End(new BlobShelved(_digest, 0));
        else
            Context.ActorOf(BlobFetcher.PropsFor(_digest, _holders, _settings));
    });

    private void OnFetched(BlobFetched fetched) => Do(() =>
    {
        _shelf.CountReceived(fetched.Bytes.Length);
        _shelf.KeepVerified(_digest, fetched.Bytes);
        End(new BlobShelved(_digest, fetched.Bytes.LongLength));
    });

    private void Do(Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            End(new BlobFetchFailed(_digest, $"The bytes {_digest} cannot be kept by this node ({exception.Message}); free some space below --state."));
        }
    }

    private void End(object result)
    {
        Context.Parent.Tell(result);
        Context.Stop(Self);
    }

    /// <summary>Time to begin.</summary>
    private sealed class Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();

        private Look()
        {
        }
    }
}
