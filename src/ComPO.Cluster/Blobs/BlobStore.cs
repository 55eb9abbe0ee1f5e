using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Cluster.Blobs;

/// <summary>Hands out chunks of what lies on this node's shelf. Each request ends in one answer; it keeps no state of its own.</summary>
internal sealed class BlobStore : ReceiveActor
{
    /// <summary>Its name under the node agent.</summary>
    public const string Name = "blobs";

    public BlobStore(BlobShelf shelf) => Receive<FetchChunk>(fetch => Sender.Tell(Answer(shelf, fetch)));

    public static Props PropsFor(BlobShelf shelf) => Props.Create(() => new BlobStore(shelf));

    private static IComPOMessage Answer(BlobShelf shelf, FetchChunk fetch)
    {
        if (!shelf.TryGet(fetch.Digest, out var bytes) || fetch.Offset < 0 || fetch.Offset >= Math.Max(bytes.Length, 1))
            return new BlobUnknown(fetch.Digest, fetch.Offset);
        var length = (int)Math.Min(Limits.ChunkBytes, bytes.Length - fetch.Offset);
        return new BlobChunk(fetch.Digest, fetch.Offset, bytes.Length, bytes.AsSpan((int)fetch.Offset, length).ToArray());
    }
}
