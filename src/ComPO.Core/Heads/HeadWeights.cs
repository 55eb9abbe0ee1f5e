using ComPO.Core.Digests;
using ComPO.Core.Updates;

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

    /// <summary>The digest that <see cref="Apply"/> would leave, without applying anything.</summary>
    /// <exception cref="ArgumentException">The update is for a head of another shape.</exception>
    public Digest ComputeDigestAfter(SparseUpdate update, double scale)
    {
        if (update.Shape != Shape)
            throw new ArgumentException($"An update of {update.Shape} does not fit a head of {Shape}.", nameof(update));
        var hash = new DigestBuilder();
        var buffer = new float[Math.Min(Values.Length, 1 << 16)];
        var entry = 0;
        for (var start = 0; start < Values.Length; start += buffer.Length)
        {
            var part = buffer.AsSpan(0, Math.Min(buffer.Length, Values.Length - start));
            Values.AsSpan(start, part.Length).CopyTo(part);
            for (; entry < update.Count && update.Indices[entry] < start + part.Length; entry++)
                part[update.Indices[entry] - start] += (float)(scale * update.Values[entry]);
            hash.Add(part);
        }
        return hash.Finish();
    }

    /// <summary>A copy that shares nothing with this head.</summary>
    public HeadWeights Clone() => new(Shape, (float[])Values.Clone());

    /// <summary>
    /// The step W ← W + scale·g of ComPO, Algorithm 1: each product is rounded to float32, then added in
    /// float32, so that every replica ends with the same bits.
    /// </summary>
    /// <exception cref="ArgumentException">The update is for a head of another shape.</exception>
    public void Apply(SparseUpdate update, double scale)
    {
        if (update.Shape != Shape)
            throw new ArgumentException($"An update of {update.Shape} does not fit a head of {Shape}.", nameof(update));
        var (indices, entries) = (update.Indices, update.Values);
        for (var i = 0; i < indices.Length; i++)
            Values[indices[i]] += (float)(scale * entries[i]);
    }
}
