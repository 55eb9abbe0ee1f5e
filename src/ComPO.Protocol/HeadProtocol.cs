using ComPO.Core.Digests;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>Keeps the present head for others to take. Answered by <see cref="HeadKept"/>.</summary>
/// <param name="Request">The number of the request.</param>
[MemoryPackable]
public sealed partial record KeepHead(long Request) : INodeRequest;

/// <summary>The node holds its head for others.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head.</param>
/// <param name="Parts">The names of its parts, in order.</param>
[MemoryPackable]
public sealed partial record HeadKept(long Request, Digest HeadDigest, [property: AtMost(Limits.HeadParts)] Digest[] Parts) : INodeReply;

/// <summary>Takes a head that others keep in the place of its own. Answered by <see cref="HeadTaken"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head; that of the base is always at hand.</param>
/// <param name="Parts">The names of its parts, in order; empty for the base.</param>
/// <param name="Holders">Addresses of nodes that may hold it.</param>
[MemoryPackable]
public sealed partial record TakeHead(
    long Request,
    Digest HeadDigest,
    [property: AtMost(Limits.HeadParts)] Digest[] Parts,
    [property: AtMost(Limits.Nodes, EachCount = Limits.Path)] string[] Holders) : INodeRequest;

/// <summary>The node has the head that it was to take, or that of the base, when its parts turned out to be damaged.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="HeadDigest">The head.</param>
[MemoryPackable]
public sealed partial record HeadTaken(long Request, Digest HeadDigest) : INodeReply;
