using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Blobs;

/// <summary>Hands out chunks of what lies on this node's shelf. Each request ends in one answer; it keeps no state of its own.</summary>
internal sealed class BlobStore : ReceiveActor
{
    /// <summary>Its name under /user.</summary>
    public const string Name = "blobs";

    public BlobStore(BlobShelf shelf) => Receive<FetchChunk>(fetch => Sender.Tell(Answer(shelf, fetch)));

    public static Props PropsFor(BlobShelf shelf) => Props.Create(() => new BlobStore(shelf)).WithDispatcher(ComPOSettings.BlockingDispatcher);

    private static IComPOMessage Answer(BlobShelf shelf, FetchChunk fetch)
    {
        if (shelf.ReadPart(fetch.Digest, fetch.Offset, Limits.ChunkBytes) is not var (part, total))
            return new BlobUnknown(fetch.Digest, fetch.Offset);
        shelf.CountSent(part.Length);
        Instruments.BlobBytes.Add(part.Length, new KeyValuePair<string, object?>("direction", "out"));
        return new BlobChunk(fetch.Digest, fetch.Offset, total, part);
    }
}
