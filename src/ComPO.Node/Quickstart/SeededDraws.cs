using System.Buffers.Binary;
using System.IO.Hashing;

namespace ComPO.Node.Quickstart;

/// <summary>
/// Choices that are the same on every machine: the n-th draw is the XxHash3 of n under a seed, so that a
/// sample text depends on nothing but its seed.
/// </summary>
/// <param name="seed">Names the sequence; different seeds give unrelated sequences.</param>
internal sealed class SeededDraws(long seed)
{
    private ulong _drawn;

    /// <summary>The next whole number in [0, <paramref name="count"/>).</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(counter, _drawn++);
        var bits = (uint)(XxHash3.HashToUInt64(counter, seed) >> 32);
        return (int)((ulong)bits * (uint)count >> 32);
    }

    /// <summary>One of the <paramref name="choices"/>, all equally likely.</summary>
    public T Pick<T>(IReadOnlyList<T> choices) => choices[Next(choices.Count)];
}
