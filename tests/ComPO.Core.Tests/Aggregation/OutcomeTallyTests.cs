using System.Numerics;
using ComPO.Core.Aggregation;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;

namespace ComPO.Core.Tests.Aggregation;

public sealed class OutcomeTallyTests
{
    private const int Rows = 211;
    private const int Dimension = 59;
    private static readonly NoiseKey Key = new(17, 4);
    private static readonly OutcomeBits Outcomes = MakeOutcomes(90);
    private static readonly int[] Plain = PlainSums();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_sums_are_the_plain_signed_sums_for_any_thread_count(int threads)
    {
        var sums = new int[Rows * Dimension];
        OutcomeTally.AddRows(Key, Outcomes, Dimension, 0, Rows, sums, threads);
        Assert.Equal(Plain, sums);
    }

    [Fact]
    public void Row_ranges_tallied_apart_and_out_of_order_are_the_whole()
    {
        var sums = new int[Rows * Dimension];
        foreach (var (first, count) in new[] { (100, 111), (0, 1), (1, 70), (71, 29) })
            OutcomeTally.AddRows(Key, Outcomes, Dimension, first, count, sums.AsSpan(first * Dimension, count * Dimension), 2);
        Assert.Equal(Plain, sums);
    }

    [Fact]
    public void Blocks_of_perturbations_tallied_in_any_order_are_the_whole()
    {
        var sums = new int[Rows * Dimension];
        foreach (var (first, count) in new[] { (64, 26), (0, 3), (3, 61) })
        {
            var block = new OutcomeBits(count);
            for (var i = 0; i < count; i++)
                block[i] = Outcomes[first + i];
            OutcomeTally.AddRows(Key, block, Dimension, 0, Rows, sums, firstPerturbation: first);
        }
        Assert.Equal(Plain, sums);
    }

    [Fact]
    public void The_sum_of_squares_is_exact_beyond_what_floating_point_holds()
    {
        int[] sums = [int.MinValue, int.MaxValue, -1, 0, .. Enumerable.Repeat(int.MinValue, 7), .. Plain];
        var expected = sums.Aggregate(BigInteger.Zero, (sum, x) => sum + (BigInteger)x * x);
        Assert.Equal(expected, (BigInteger)ExactSums.SumOfSquares(sums));
        Assert.Equal(
            ExactSums.SumOfSquares(sums),
            ExactSums.SumOfSquares(sums.AsSpan(0, 1000)) + ExactSums.SumOfSquares(sums.AsSpan(1000)));
    }

    [Fact]
    public void No_more_perturbations_than_an_int32_holds_are_taken()
    {
        Assert.Equal(121_574, OutcomeTally.MostPerturbations);
        Assert.True((long)OutcomeTally.MostPerturbations * NormalQuantileTable.LargestMagnitude <= int.MaxValue);
        var tooMany = new OutcomeBits(OutcomeTally.MostPerturbations + 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => OutcomeTally.AddRows(Key, tooMany, 1, 0, 1, new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            OutcomeTally.AddRows(Key, Outcomes, 1, 0, 1, new int[1], 1, OutcomeTally.MostPerturbations - 5));
        Assert.Throws<ArgumentException>(() => OutcomeTally.AddRows(Key, Outcomes, 2, 0, 2, new int[3]));
    }

    [Fact]
    public void A_tally_allocates_its_signs_and_next_to_nothing_else()
    {
        var sums = new int[Rows * Dimension];
        var bytes = Allocated.LeastOnThread(() => OutcomeTally.AddRows(Key, Outcomes, Dimension, 0, Rows, sums));
        Assert.InRange(bytes, sizeof(float) * Outcomes.Count, sizeof(float) * Outcomes.Count + 512);
    }

    private static OutcomeBits MakeOutcomes(int count)
    {
        var outcomes = new OutcomeBits(count);
        for (var i = 0; i < count; i++)
            outcomes[i] = i % 3 == 0 || i % 7 == 2;
        return outcomes;
    }

    private static int[] PlainSums()
    {
        var sums = new int[Rows * Dimension];
        var units = new short[sums.Length];
        for (var i = 0; i < Outcomes.Count; i++)
        {
            PerturbationNoise.Fill(Key, (uint)i, 0, units);
            for (var j = 0; j < sums.Length; j++)
                sums[j] += Outcomes[i] ? units[j] : -units[j];
        }
        return sums;
    }
}
