using ComPO.Core.Digests;
using ComPO.Core.Heads;

namespace ComPO.Core.Updates;

/// <summary>
/// The sparse direction g: the entries of u/‖u‖ that survived the threshold, in ascending order of their
/// place in the head. Dimensionless; the step's scale is applied when the head takes it.
/// </summary>
public sealed class SparseUpdate
{
    /// <summary>Wraps indices and values without copying.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or indices are not ascending inside the head.</exception>
    public SparseUpdate(HeadShape shape, int[] indices, float[] values)
    {
        if (indices.Length != values.Length)
            throw new ArgumentException($"{indices.Length} indices do not belong to {values.Length} values.", nameof(values));
        var previous = -1;
        foreach (var index in indices)
        {
            if (index <= previous || index >= shape.EntryCount)
                throw new ArgumentException($"Index {index} after {previous} is not ascending inside {shape}.", nameof(indices));
            previous = index;
        }
        (Shape, Indices, Values) = (shape, indices, values);
    }

    /// <summary>The head's shape.</summary>
    public HeadShape Shape { get; }

    /// <summary>Row-major places in the head, ascending.</summary>
    public int[] Indices { get; }

    /// <summary>The entries of g at those places.</summary>
    public float[] Values { get; }

    /// <summary>How many entries survived.</summary>
    public int Count => Indices.Length;

    /// <summary>The bytes that travel: gaps between indices and exponents of values in as few bits as they need, float32 values to their last bit.</summary>
    public byte[] Encode() => SparseUpdateCodec.Encode(this);

    /// <summary>Reads what <see cref="Encode"/> gave, for a head of a known shape.</summary>
    /// <exception cref="Errors.DigestMismatchException">The bytes are not a whole update of that shape.</exception>
    public static SparseUpdate Decode(HeadShape shape, ReadOnlySpan<byte> bytes) => SparseUpdateCodec.Decode(shape, bytes);

    /// <summary>Joins the parts that owners of consecutive row ranges emitted.</summary>
    /// <exception cref="ArgumentException">The parts overlap or are out of order.</exception>
    public static SparseUpdate Concat(HeadShape shape, IReadOnlyList<SparseUpdate> parts)
    {
        var count = parts.Sum(part => part.Count);
        var (indices, values) = (new int[count], new float[count]);
        var at = 0;
        foreach (var part in parts)
        {
            part.Indices.CopyTo(indices, at);
            part.Values.CopyTo(values, at);
            at += part.Count;
        }
        return new SparseUpdate(shape, indices, values);
    }

    /// <summary>The digest of <see cref="Encode"/>.</summary>
    public Digest ComputeDigest() => Digest.Of(Encode());
}
