using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Blobs;

/// <summary>A blob that arrives in chunks, in any order, some of them twice or never. It trusts no length or offset it is told.</summary>
internal sealed class BlobAssembly(Digest digest, int mostBytes)
{
    private byte[]? _bytes;
    private bool[] _present = [];
    private int _missing = 1;

    /// <summary>Whether all chunks are here.</summary>
    public bool IsComplete => _missing == 0;

    /// <summary>How many chunks there are; 1 until the first has told.</summary>
    public int ChunkCount => Math.Max(1, _present.Length);

    /// <summary>Whether this chunk is here.</summary>
    public bool Has(int chunk) => chunk < _present.Length && _present[chunk];

    /// <summary>Takes a chunk; false when it cannot be one of this blob's.</summary>
    public bool TryAdd(BlobChunk chunk)
    {
        if (chunk.Digest != digest || chunk.TotalBytes < 0 || chunk.TotalBytes > mostBytes)
            return false;
        if (_bytes is not null && _bytes.Length != chunk.TotalBytes)
            return false;
        var expected = Math.Min(Limits.ChunkBytes, chunk.TotalBytes - chunk.Offset);
        if (chunk.Offset < 0 || chunk.Offset % Limits.ChunkBytes != 0 || expected < 0 || chunk.Bytes.Length != expected)
            return false;
        if (_bytes is null)
        {
            _bytes = new byte[chunk.TotalBytes];
            _missing = (int)Math.Max(1, (chunk.TotalBytes + Limits.ChunkBytes - 1) / Limits.ChunkBytes);
            _present = new bool[_missing];
        }
        var index = (int)(chunk.Offset / Limits.ChunkBytes);
        if (index >= _present.Length)
            return false;
        if (!_present[index])
        {
            chunk.Bytes.CopyTo(_bytes, chunk.Offset);
            _present[index] = true;
            _missing--;
        }
        return true;
    }

    /// <summary>The whole, if its digest is the one that was asked for; else null, and everything starts over.</summary>
    public byte[]? TakeVerified()
    {
        if (_bytes is not null && Digest.Of(_bytes) == digest)
            return _bytes;
        (_bytes, _present, _missing) = (null, [], 1);
        return null;
    }
}
