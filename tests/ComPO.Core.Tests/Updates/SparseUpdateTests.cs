using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Updates;
using CsCheck;

namespace ComPO.Core.Tests.Updates;

public sealed class SparseUpdateTests
{
    private static readonly HeadShape Shape = new(1000, 500);

    private static readonly Gen<SparseUpdate> Updates =
        from gaps in Gen.Int[1, 4000].Array[0, 120]
        from values in Gen.Float.Array[gaps.Length]
        select Make(gaps, values);

    [Fact]
    public void An_update_survives_its_bytes() => Updates.Sample(update =>
    {
        var again = SparseUpdate.Decode(Shape, update.Encode());
        return again.Indices.AsSpan().SequenceEqual(update.Indices)
            && again.Values.Select(BitConverter.SingleToInt32Bits).SequenceEqual(update.Values.Select(BitConverter.SingleToInt32Bits))
            && again.ComputeDigest() == update.ComputeDigest();
    }, iter: 2000);

    [Fact]
    public void Bytes_cut_short_anywhere_or_one_too_long_are_refused()
    {
        var bytes = new SparseUpdate(Shape, [0, 1, 300, 90_000, 499_999], [1, 2, 3, 4, 5]).Encode();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<DigestMismatchException>(() => SparseUpdate.Decode(Shape, bytes.AsSpan(0, length)));
        Assert.Throws<DigestMismatchException>(() => SparseUpdate.Decode(Shape, [.. bytes, 0]));
    }

    [Fact]
    public void Changed_bytes_are_refused_or_decode_to_another_update_but_never_fail_otherwise() =>
        Gen.Select(Updates, Gen.Int[0, 10_000], Gen.Byte[1, 255]).Sample((update, at, change) =>
        {
            var bytes = update.Encode();
            bytes[at % bytes.Length] ^= change;
            try
            {
                return SparseUpdate.Decode(Shape, bytes).ComputeDigest() != update.ComputeDigest();
            }
            catch (DigestMismatchException)
            {
                return true;
            }
        }, iter: 5000);

    [Theory]
    [InlineData(new byte[] { 255, 255, 255, 127, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 255 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0xA0, 0xC2, 0x1E, 0, 0, 0, 0 })]
    public void A_count_or_index_that_cannot_be_is_refused(byte[] bytes) =>
        Assert.Throws<DigestMismatchException>(() => SparseUpdate.Decode(Shape, bytes));

    [Fact]
    public void Parts_in_row_order_join_and_others_are_refused()
    {
        var (first, second) = (new SparseUpdate(Shape, [3, 9], [1, 2]), new SparseUpdate(Shape, [10], [3]));
        var joined = SparseUpdate.Concat(Shape, [first, new SparseUpdate(Shape, [], []), second]);
        Assert.Equal([3, 9, 10], joined.Indices);
        Assert.Equal([1f, 2f, 3f], joined.Values);
        Assert.Throws<ArgumentException>(() => SparseUpdate.Concat(Shape, [second, first]));
        Assert.Throws<ArgumentException>(() => new SparseUpdate(Shape, [500_000], [1]));
        Assert.Throws<ArgumentException>(() => new SparseUpdate(Shape, [1], []));
    }

    private static SparseUpdate Make(int[] gaps, float[] values)
    {
        var indices = new int[gaps.Length];
        for (var i = 0; i < gaps.Length; i++)
            indices[i] = gaps[i] + (i == 0 ? -1 : indices[i - 1]);
        return new SparseUpdate(Shape, indices, values);
    }
}
