using ComPO.Core.Digests;
using ComPO.Core.Heads;

namespace ComPO.Core.Tests.Heads;

public sealed class HeadWeightsTests
{
    private static readonly HeadShape Shape = new(3, 2);

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
    public void Weights_of_another_shape_are_refused() => Assert.Throws<ArgumentException>(() => new HeadWeights(Shape, new float[5]));
}
