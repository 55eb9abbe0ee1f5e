using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ComPO.Core.Digests;

namespace ComPO.Cluster.Blobs;

/// <summary>
/// The bytes that one node holds for others, by their digest: features of the pair under way and parts of its update. What is
/// on the shelf never changes, so that actors and the threads that compute may share it.
/// </summary>
internal sealed class BlobShelf
{
    private readonly ConcurrentDictionary<Digest, byte[]> _blobs = new();

    /// <summary>Keeps some bytes, which must not change from now on, and names them.</summary>
    public Digest Keep(byte[] bytes)
    {
        var digest = Digest.Of(bytes);
        _blobs.TryAdd(digest, bytes);
        return digest;
    }

    /// <summary>The bytes of a name, if they are here.</summary>
    public bool TryGet(Digest digest, [MaybeNullWhen(false)] out byte[] bytes) => _blobs.TryGetValue(digest, out bytes);

    /// <summary>The bytes of a name that is known to be here.</summary>
    public byte[] Get(Digest digest) => _blobs.TryGetValue(digest, out var bytes)
        ? bytes
        : throw new InvalidOperationException($"The bytes {digest} are not held by this node.");

    /// <summary>Lets go of everything but some.</summary>
    public void ForgetAllBut(params ReadOnlySpan<Digest> kept)
    {
        foreach (var digest in _blobs.Keys)
        {
            if (!kept.Contains(digest))
                _blobs.TryRemove(digest, out _);
        }
    }
}
