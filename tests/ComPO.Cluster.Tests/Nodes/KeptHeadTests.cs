using ComPO.Cluster.Blobs;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Heads;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Nodes;

public sealed class KeptHeadTests : IDisposable
{
    private static readonly HeadShape Shape = new((Limits.HeadPartBytes / 4) + 3, 2);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_head_of_several_parts_is_taken_as_it_was_kept(bool inFiles)
    {
        var shelf = new BlobShelf(inFiles ? _folder["shelf"] : null);
        var (head, other) = (Head(), new HeadWeights(Shape, new float[Shape.EntryCount]));

        var parts = KeptHead.Keep(head, shelf);

        Assert.Equal((3, true), (parts.Length, KeptHead.IsWhole(parts, Shape, shelf)));
        Assert.Equal(Limits.HeadPartBytes, shelf.Get(parts[1]).Length);
        Assert.Equal(6 * sizeof(float), shelf.Get(parts[2]).Length);
        Assert.True(KeptHead.TryTake(parts, other, shelf));
        Assert.Equal(head.ComputeDigest(), other.ComputeDigest());
    }

    [Fact]
    public void A_head_that_lacks_a_part_or_has_a_damaged_one_is_not_taken()
    {
        var shelf = new BlobShelf(_folder["shelf"]);
        var parts = KeptHead.Keep(Head(), shelf);
        Assert.False(KeptHead.IsWhole(parts[..2], Shape, shelf));
        File.WriteAllBytes(_folder[$"shelf/{parts[2]}"], new byte[6 * sizeof(float)]);

        Assert.False(KeptHead.TryTake(parts, Head(), shelf));
        Assert.False(KeptHead.IsWhole(parts, Shape, shelf));
        Assert.False(KeptHead.TryTake([parts[1], parts[0], shelf.Keep(new byte[4])], Head(), shelf));
    }

    [Fact]
    public void The_largest_head_has_no_more_parts_than_messages_take() =>
        Assert.InRange(((long)Array.MaxLength * sizeof(float) + Limits.HeadPartBytes - 1) / Limits.HeadPartBytes, 1, Limits.HeadParts);

    private static HeadWeights Head()
    {
        var values = new float[Shape.EntryCount];
        for (var i = 0; i < values.Length; i++)
            values[i] = i;
        return new HeadWeights(Shape, values);
    }
}
