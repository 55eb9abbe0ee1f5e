using System.Runtime.InteropServices;
using ComPO.Cluster.Blobs;
using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// A head as it lies on shelves: in parts of <see cref="Limits.HeadPartBytes"/>, the last one shorter. Bytes on a shelf are one array each, and so
/// a head of any size can be kept, and is taken without being in memory twice.
/// </summary>
internal static class KeptHead
{
    private const int EntriesAPart = Limits.HeadPartBytes / sizeof(float);

    /// <summary>Puts a head on the shelf.</summary>
    /// <returns>Its parts, in order.</returns>
    public static Digest[] Keep(HeadWeights head, BlobShelf shelf) => [.. head.Values.Chunks().Select(part => shelf.KeepCopy(MemoryMarshal.AsBytes(part.Span)))];

    /// <summary>Whether all parts of a head lie on the shelf, as far as can be told without reading them.</summary>
    public static bool IsWhole(IReadOnlyList<Digest> parts, HeadShape shape, BlobShelf shelf) =>
        parts.Count == (shape.EntryCount + EntriesAPart - 1) / EntriesAPart && parts.All(shelf.Has);

    /// <summary>Takes a head from the shelf.</summary>
    /// <returns>Whether it could; if not, some of the entries may be those of the kept head.</returns>
    public static bool TryTake(IReadOnlyList<Digest> parts, HeadWeights into, BlobShelf shelf)
    {
        foreach (var (digest, part) in parts.Zip(into.Values.Chunks()))
        {
            if (!shelf.TryGet(digest, out var bytes) || bytes.Length != part.Length * sizeof(float))
                return false;
            bytes.CopyTo(MemoryMarshal.AsBytes(part.Span));
        }
        return true;
    }

    private static IEnumerable<Memory<float>> Chunks(this float[] values)
    {
        for (var first = 0L; first < values.LongLength; first += EntriesAPart)
            yield return values.AsMemory((int)first, (int)Math.Min(EntriesAPart, values.LongLength - first));
    }
}
