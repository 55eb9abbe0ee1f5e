using ComPO.Core.Digests;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>
/// Asks a node for a part of some bytes by their name: features of a pair, a part of an update. Answered by
/// <see cref="BlobChunk"/> or <see cref="BlobUnknown"/>.
/// </summary>
/// <param name="Digest">The name of the bytes.</param>
/// <param name="Offset">Where the part begins, in bytes.</param>
[MemoryPackable]
public sealed partial record FetchChunk(Digest Digest, long Offset) : IComPOMessage;

/// <summary>A part of some bytes.</summary>
/// <param name="Digest">The name of the whole.</param>
/// <param name="Offset">Where this part begins, in bytes.</param>
/// <param name="TotalBytes">The length of the whole.</param>
/// <param name="Bytes">The part; full-sized unless it is the last.</param>
[MemoryPackable]
public sealed partial record BlobChunk(
    Digest Digest,
    long Offset,
    long TotalBytes,
    [property: AtMost(Limits.ChunkBytes)] byte[] Bytes) : IComPOMessage;

/// <summary>The node does not hold those bytes, or they have no such offset.</summary>
/// <param name="Digest">The name that was asked for.</param>
/// <param name="Offset">The offset that was asked for.</param>
[MemoryPackable]
public sealed partial record BlobUnknown(Digest Digest, long Offset) : IComPOMessage;
