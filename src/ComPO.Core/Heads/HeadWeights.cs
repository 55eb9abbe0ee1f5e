using ComPO.Core.Digests;

namespace ComPO.Core.Heads;

/// <summary>
/// The master copy of the output layer W, [V, d] float32, row-major. Entries of an update are far
/// smaller than half a bfloat16 step of most weights, so the master stays float32 whatever the
/// checkpoint's type.
/// </summary>
public sealed class HeadWeights
{
    /// <summary>Wraps <paramref name="values"/> without copying.</summary>
    /// <exception cref="ArgumentException">The array does not have V·d entries.</exception>
    public HeadWeights(HeadShape shape, float[] values)
    {
        if (values.LongLength != shape.EntryCount)
            throw new ArgumentException($"A head of {shape} has {shape.EntryCount} entries, not {values.LongLength}.", nameof(values));
        (Shape, Values) = (shape, values);
    }

    /// <summary>V and d.</summary>
    public HeadShape Shape { get; }

    /// <summary>The entries, row-major.</summary>
    public float[] Values { get; }

    /// <summary>XxHash128 of the float32 entries, little-endian, row-major.</summary>
    public Digest ComputeDigest() => Digest.Of(Values);

    /// <summary>A copy that shares nothing with this head.</summary>
    public HeadWeights Clone() => new(Shape, (float[])Values.Clone());
}
