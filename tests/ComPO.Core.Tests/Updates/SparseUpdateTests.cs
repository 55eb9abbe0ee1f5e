using ComPO.Core.Errors;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Theory;
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
    // A count that what follows cannot hold; a negative one; more than nothing for none.
    [InlineData(new byte[] { 255, 255, 255, 127, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 255 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0 })]
    // A gap without an end; one that leads out of the head; more low bits than a number has.
    [InlineData(new byte[] { 1, 0, 0, 0, 127, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 127, 31, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 127, 255, 0, 0, 0, 0, 0 })]
    // An exponent below 0; entry 0 = 1 in another code than the best, and with a bit behind its end.
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 127, 1, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 127, 0, 0, 0, 0, 0, 0x80 })]
    public void Bytes_that_are_no_update_are_refused(byte[] bytes) =>
        Assert.Throws<DigestMismatchException>(() => SparseUpdate.Decode(Shape, bytes));

    [Fact]
    public void The_bytes_of_an_update_are_pinned()
    {
        // 0 at a gap of 0, 1 at one of 2: exponents 127 and 128 below the greatest, gaps with no low bits, mantissas of 0.
        byte[] expected = [2, 0, 0, 0, 128, 0, 0, 0b0000_0010, 0, 0, 0b0001_1000, 0, 0, 0b0000_0000];
        var update = new SparseUpdate(Shape, [0, 3], [1, 2]);

        Assert.Equal(expected, update.Encode());
        Assert.Equal([1f, 2f], SparseUpdate.Decode(Shape, expected).Values);
    }

    // Columns alike, as in the full space, and unlike each other, as in the row space.
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void At_the_size_of_Mistral_an_update_takes_less_than_9_MB_and_5_bytes_an_entry(double spread)
    {
        var update = LikeMistral(spread);
        Assert.InRange(update.Count, 1_500_000, 1_600_000);

        var bytes = update.Encode();

        Assert.InRange(bytes.Length, 4 * update.Count, Math.Min(9_000_000, 5 * update.Count));
        TestContext.Current.TestOutputHelper!.WriteLine($"{update.Count} entries, {bytes.Length} bytes, {(double)bytes.Length / update.Count:0.00} an entry");
        var again = SparseUpdate.Decode(update.Shape, bytes);
        Assert.Equal(update.Indices, again.Indices);
        Assert.Equal(update.Values, again.Values);
    }

    /// <summary>The largest 1.18 % of a normal matrix of 32000 × 4096 whose columns have standard deviations that vary by e^±spread.</summary>
    private static SparseUpdate LikeMistral(double spread)
    {
        const double Density = 0.0118;
        var shape = new HeadShape(32_000, 4096);
        var random = new Random(1);
        var deviations = Enumerable.Range(0, shape.HiddenSize).Select(_ => Math.Exp(spread * NormalQuantile.Of(random.NextDouble()))).ToArray();
        // The cut that keeps that share of all columns together, by bisection.
        var (low, high) = (0.0, 100.0);
        while (high - low > 1e-9)
        {
            var middle = (low + high) / 2;
            (low, high) = deviations.Average(deviation => Tail(middle / deviation)) > Density ? (middle, high) : (low, middle);
        }
        var (indices, values) = (new List<int>(), new List<float>());
        var shares = deviations.Select(deviation => Tail(low / deviation)).ToArray();
        for (var row = 0; row < shape.VocabularySize; row++)
        {
            for (var column = 0; column < shape.HiddenSize; column++)
            {
                var draw = random.NextSingle();
                if (draw >= shares[column])
                    continue;
                // The draw is uniform below the share: it is the place in the tail, and which tail.
                var magnitude = -deviations[column] * NormalQuantile.Of(Math.Max(draw, 1e-9) / 2);
                indices.Add(row * shape.HiddenSize + column);
                values.Add((float)(random.Next(2) == 0 ? magnitude : -magnitude) * 1e-4f);
            }
        }
        return new SparseUpdate(shape, [.. indices], [.. values]);
    }

    private static double Tail(double magnitude) => 2 * (1 - NormalDistribution.Cumulative(magnitude));

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
