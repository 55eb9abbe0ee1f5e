using ComPO.Core.Heads;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Updates;

public sealed class HeadStepTests
{
    private static readonly HeadShape Shape = new(3, 2);

    [Fact]
    public void A_step_rounds_each_product_to_float32_before_it_adds()
    {
        var head = new HeadWeights(Shape, [1, 2, 3, 4, 5, 6]);
        head.Apply(new SparseUpdate(Shape, [1, 4], [0.1f, -0.7f]), 1.0 / 3);
        float[] expected = [1, 2 + (float)(0.1f * (1.0 / 3)), 3, 4, 5 + (float)(-0.7f * (1.0 / 3)), 6];
        Assert.Equal(expected, head.Values);
    }

    [Fact]
    public void A_product_is_rounded_once_and_not_fused_into_the_sum()
    {
        // The weight is minus the rounded product: added unrounded, the rounding error would be left over.
        var head = new HeadWeights(new HeadShape(1, 1), [-(float)(1f / 3 * 0.3)]);
        head.Apply(new SparseUpdate(new HeadShape(1, 1), [0], [1f / 3]), 0.3);
        Assert.Equal(0f, head.Values[0]);
    }

    [Fact]
    public void The_digest_after_a_step_is_foretold_without_taking_it()
    {
        // Longer than the part that is hashed at a time, with entries on both sides of its end.
        var shape = new HeadShape(1 << 15, 3);
        var head = new HeadWeights(shape, [.. Enumerable.Range(0, (int)shape.EntryCount).Select(i => i * 0.25f)]);
        var update = new SparseUpdate(shape, [0, (1 << 16) - 1, 1 << 16, (int)shape.EntryCount - 1], [0.3f, -0.7f, 0.9f, 0.1f]);
        var before = head.ComputeDigest();
        var foretold = head.ComputeDigestAfter(update, 1.0 / 3);
        Assert.Equal(before, head.ComputeDigest());
        head.Apply(update, 1.0 / 3);
        Assert.Equal(head.ComputeDigest(), foretold);
        Assert.NotEqual(before, foretold);
    }

    [Fact]
    public void An_update_for_another_shape_is_refused()
    {
        var (head, update) = (new HeadWeights(Shape, new float[6]), new SparseUpdate(new HeadShape(2, 3), [], []));
        Assert.Throws<ArgumentException>(() => head.Apply(update, 1));
        Assert.Throws<ArgumentException>(() => head.ComputeDigestAfter(update, 1));
    }
}
