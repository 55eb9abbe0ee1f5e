using ComPO.Cluster.Blobs;
using ComPO.Core.Heads;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>An update that several owners have emitted, a range of rows each.</summary>
internal static class UpdateParts
{
    /// <summary>The update that parts on the shelf make up.</summary>
    /// <param name="parts">In the order of their rows.</param>
    /// <param name="head">The shape of the head.</param>
    /// <param name="shelf">Where they lie.</param>
    public static SparseUpdate Assemble(this IReadOnlyList<UpdatePart> parts, HeadShape head, BlobShelf shelf) =>
        SparseUpdate.Concat(head, [.. parts.Select(part => SparseUpdate.Decode(head, shelf.Get(part.Digest)))]);
}
