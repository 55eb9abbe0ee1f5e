using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

public sealed class VocabularySlabsTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(63, 4)]
    [InlineData(513, 64)]
    [InlineData(32000, 256)]
    [InlineData(32001, 4096)]
    [InlineData(128256, 4096)]
    [InlineData(256000, 3584)]
    public void Slabs_cover_every_row_once_and_none_is_lower_than_64_rows(int vocabularySize, int columns)
    {
        var slabs = new VocabularySlabs(vocabularySize, columns);

        var next = 0;
        for (var slab = 0; slab < slabs.Count; slab++)
        {
            Assert.Equal(next, slabs.Start(slab));
            Assert.InRange(slabs.HeightOf(slab), Math.Min(64, vocabularySize), slabs.LargestHeight);
            Assert.Equal(slab, slabs.Of(next));
            next += slabs.HeightOf(slab);
            Assert.Equal(slab, slabs.Of(next - 1));
        }

        Assert.Equal(vocabularySize, next);
    }
}
