using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace ComPO.Core.Digests;

/// <summary>A digest of values that come in pieces.</summary>
public sealed class DigestBuilder
{
    // A span of bytes holds at most 2³¹ of them.
    private const int ValuesAtOnce = 1 << 24;

    private readonly XxHash128 _hash = new();

    /// <summary>Adds float32 values as they lie in memory: little-endian, in order.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        for (var start = 0; start < values.Length; start += ValuesAtOnce)
            _hash.Append(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(ValuesAtOnce, values.Length - start))));
    }

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _hash.Append(bytes);

    /// <summary>Adds the rest of a stream.</summary>
    public void Add(Stream stream) => _hash.Append(stream);

    /// <summary>The digest of all that was added.</summary>
    public Digest Finish() => new(_hash.GetCurrentHashAsUInt128());
}
