using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Heads;

public sealed class HeadWeightsTests
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
    public void A_clone_shares_nothing_and_has_the_same_digest_until_it_changes()
    {
        var head = new HeadWeights(Shape, [1, 2, 3, 4, 5, 6]);
        var clone = head.Clone();
        Assert.Equal(head.ComputeDigest(), clone.ComputeDigest());
        clone.Values[5] = 7;
        Assert.NotEqual(head.ComputeDigest(), clone.ComputeDigest());
        Assert.Equal(6, head.Values[5]);
    }

    [Fact]
    public void The_digest_is_that_of_the_little_endian_bytes_in_row_order() =>
        Assert.Equal(
            Digest.Of([0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0]),
            new HeadWeights(new HeadShape(1, 2), [1, -2]).ComputeDigest());

    [Fact]
    public void Weights_or_updates_of_another_shape_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new HeadWeights(Shape, new float[5]));
        Assert.Throws<ArgumentException>(() => new HeadWeights(Shape, new float[6]).Apply(new SparseUpdate(new HeadShape(2, 3), [], []), 1));
    }
}
