using ComPO.Core.Digests;
using ComPO.Core.Heads;

namespace ComPO.Core.Updates;

/// <summary>
/// The step W ← W + scale·g of ComPO, Algorithm 1: each product is rounded to float32, then added in float32, so that every replica ends with the
/// same bits.
/// </summary>
public static class HeadStep
{
    /// <summary>Takes the step.</summary>
    /// <param name="head">The head, which is changed in place.</param>
    /// <param name="update">g.</param>
    /// <param name="scale">γ·p.</param>
    /// <exception cref="ArgumentException">The update is for a head of another shape.</exception>
    public static void Apply(this HeadWeights head, SparseUpdate update, double scale)
    {
        RefuseOtherShape(head, update);
        var (indices, entries) = (update.Indices, update.Values);
        for (var i = 0; i < indices.Length; i++)
            head.Values[indices[i]] += (float)(scale * entries[i]);
    }

    /// <summary>The digest that <see cref="Apply"/> would leave, without applying anything.</summary>
    /// <param name="head">The head.</param>
    /// <param name="update">g.</param>
    /// <param name="scale">γ·p.</param>
    /// <exception cref="ArgumentException">The update is for a head of another shape.</exception>
    public static Digest ComputeDigestAfter(this HeadWeights head, SparseUpdate update, double scale)
    {
        RefuseOtherShape(head, update);
        var hash = new DigestBuilder();
        var values = head.Values;
        var buffer = new float[Math.Min(values.Length, 1 << 16)];
        var entry = 0;
        for (var start = 0; start < values.Length; start += buffer.Length)
        {
            var part = buffer.AsSpan(0, Math.Min(buffer.Length, values.Length - start));
            values.AsSpan(start, part.Length).CopyTo(part);
            for (; entry < update.Count && update.Indices[entry] < start + part.Length; entry++)
                part[update.Indices[entry] - start] += (float)(scale * update.Values[entry]);
            hash.Add(part);
        }
        return hash.Finish();
    }

    private static void RefuseOtherShape(HeadWeights head, SparseUpdate update)
    {
        if (update.Shape != head.Shape)
            throw new ArgumentException($"An update of {update.Shape} does not fit a head of {head.Shape}.", nameof(update));
    }
}
