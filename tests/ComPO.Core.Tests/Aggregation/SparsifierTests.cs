using ComPO.Core.Aggregation;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Aggregation;

public sealed class SparsifierTests
{
    private static readonly SyntheticPair Pair = SyntheticPair.Of(8, 150, 40, 6, 5);

    public static TheoryData<PerturbationSpaceKind, double> SpacesAndDensities => new()
    {
        { PerturbationSpaceKind.Row, 0.0118 }, { PerturbationSpaceKind.Row, 0.3 }, { PerturbationSpaceKind.Row, 1 },
        { PerturbationSpaceKind.Full, 0.0118 }, { PerturbationSpaceKind.Full, 1e-9 }, { PerturbationSpaceKind.Full, 0.06 },
    };

    [Theory]
    [MemberData(nameof(SpacesAndDensities))]
    public void A_density_keeps_what_sorting_keeps_with_ties(PerturbationSpaceKind kind, double density)
    {
        var estimate = Estimate(kind);
        var lifted = Lift(estimate);
        var kept = Math.Max(1, (int)Math.Ceiling((decimal)density * lifted.Length));
        var cut = lifted.Select(Math.Abs).OrderDescending().ElementAt(kept - 1);
        Assert.Equal(cut, Sparsifier.DensityCut(estimate, density));

        var update = Sparsifier.Emit(estimate, cut);
        var expected = Enumerable.Range(0, lifted.Length).Where(i => Math.Abs(lifted[i]) >= cut).ToArray();
        Assert.Equal(expected, update.Indices);
        Assert.Equal(expected.Select(i => (float)(lifted[i] / estimate.LiftedNorm)), update.Values);
    }

    [Fact]
    public void Ties_at_the_cut_all_stay_and_nothing_is_kept_of_zeros()
    {
        // A few perturbations in the full space give small integers, equal in many places.
        var features = Pair.Features(PerturbationSpaceKind.Full);
        var sums = new int[150 * 40];
        for (var i = 0; i < sums.Length; i++)
            sums[i] = i % 10 < 7 ? 0 : i % 2 == 0 ? 5 : -5;
        var estimate = new SampledEstimate(Pair.Shape, PerturbationSpace.Of(features), 0, sums, ExactSums.SumOfSquares(sums));
        Assert.Equal(5f, Sparsifier.DensityCut(estimate, 0.01));
        Assert.Equal(1800, Sparsifier.Emit(estimate, 5).Count);
        Assert.Equal(1800, Sparsifier.Emit(estimate, Sparsifier.DensityCut(estimate, 1)).Count);
    }

    [Theory]
    [InlineData(PerturbationSpaceKind.Row)]
    [InlineData(PerturbationSpaceKind.Full)]
    public void Owners_of_row_ranges_together_emit_what_one_owner_emits(PerturbationSpaceKind kind)
    {
        var whole = Estimate(kind);
        var expected = Sparsifier.Emit(whole, Sparsifier.DensityCut(whole, 0.0118));

        var space = PerturbationSpace.Of(Pair.Features(kind));
        (int First, int Count)[] ranges = [(0, 33), (33, 1), (34, 0), (34, 116)];
        var sums = ranges.Select(range => Tally(space, range.First, range.Count)).ToArray();
        var sumOfSquares = sums.Aggregate(UInt128.Zero, (sum, part) => sum + ExactSums.SumOfSquares(part));
        var parts = ranges.Select((range, i) => new SampledEstimate(Pair.Shape, space, range.First, sums[i], sumOfSquares)).ToArray();
        Assert.All(parts, part => Assert.Equal(whole.Norm, part.Norm));

        var kept = Thresholds.KeptCount(0.0118, Pair.Shape);
        var high = MagnitudeHistogram.OfHighDigits();
        foreach (var part in parts.Reverse())
            high.Add(Counted(part, MagnitudeHistogram.OfHighDigits()).ToSparse());
        var low = MagnitudeHistogram.OfLowDigits(Thresholds.DensityHighDigit(high, kept));
        foreach (var part in parts)
            low.Merge(Counted(part, MagnitudeHistogram.OfLowDigits(low.HighDigit!.Value)));
        var cut = Thresholds.DensityCut(high, low, kept);
        var joined = SparseUpdate.Concat(Pair.Shape, [.. parts.Select(part => Sparsifier.Emit(part, cut))]);
        Assert.Equal(expected.Encode(), joined.Encode());
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        var estimate = Estimate(PerturbationSpaceKind.Row);
        var cut = Sparsifier.DensityCut(estimate, 0.05);
        Assert.Equal(cut, Sparsifier.DensityCut(estimate, 0.05, 4));
        Assert.Equal(Sparsifier.Emit(estimate, cut).Encode(), Sparsifier.Emit(estimate, cut, 4).Encode());
    }

    [Fact]
    public void A_threshold_keeps_exactly_the_entries_of_g_that_reach_it()
    {
        var estimate = Estimate(PerturbationSpaceKind.Row);
        var g = Lift(estimate).Select(value => (float)(value / estimate.LiftedNorm)).ToArray();
        foreach (var threshold in new[] { 0.001, 0.01, 0.02, g[77], Math.Abs((double)g[123]), 0.9 })
            Assert.Equal(
                g.Count(entry => Math.Abs(entry) >= threshold && entry != 0),
                Sparsifier.Emit(estimate, Thresholds.AbsoluteCut(threshold, estimate.LiftedNorm)).Count);
    }

    [Fact]
    public void The_absolute_cut_is_the_smallest_magnitude_that_reaches_the_threshold()
    {
        foreach (var (threshold, norm) in new[] { (2.2e-4, 1.9e9), (8e-5, 123_456.789), (0.5, 3), (1e-30, 1e20) })
        {
            var cut = Thresholds.AbsoluteCut(threshold, norm);
            Assert.True((float)(cut / norm) >= threshold);
            Assert.False((float)(MathF.BitDecrement(cut) / norm) >= threshold);
        }
        Assert.Equal(float.PositiveInfinity, Thresholds.AbsoluteCut(float.MaxValue, 1e10));
    }

    [Fact]
    public void A_kept_count_is_a_share_as_it_is_written_in_decimal()
    {
        Assert.Equal(7, Thresholds.KeptCount(0.07, new HeadShape(10, 10)));
        Assert.Equal(1_546_650, Thresholds.KeptCount(0.0118, new HeadShape(32000, 4096)));
        Assert.Equal(1, Thresholds.KeptCount(1e-20, new HeadShape(10, 10)));
        Assert.Equal(100, Thresholds.KeptCount(1, new HeadShape(10, 10)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Thresholds.KeptCount(0, new HeadShape(10, 10)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Thresholds.KeptCount(double.NaN, new HeadShape(10, 10)));
    }

    [Fact]
    public void A_vanished_estimate_emits_nothing()
    {
        var space = PerturbationSpace.Of(Pair.Features(PerturbationSpaceKind.Row));
        var nothing = new SampledEstimate(Pair.Shape, space, 0, new int[150 * space.Dimension], 0);
        Assert.Equal(0, Sparsifier.Emit(nothing, float.Epsilon).Count);
    }

    [Fact]
    public void Histograms_of_different_passes_and_impossible_bins_are_refused()
    {
        Assert.Throws<ArgumentException>(() => MagnitudeHistogram.OfHighDigits().Merge(MagnitudeHistogram.OfLowDigits(3)));
        Assert.Throws<FormatException>(() => MagnitudeHistogram.OfHighDigits().Add([(32768, 1L)]));
        Assert.Throws<FormatException>(() => MagnitudeHistogram.OfHighDigits().Add([(5, -1L)]));
        Assert.Throws<ArgumentException>(() => Thresholds.DensityHighDigit(MagnitudeHistogram.OfHighDigits(), 1));
        Assert.Throws<ArgumentException>(() => Thresholds.DensityHighDigit(MagnitudeHistogram.OfLowDigits(1), 1));
    }

    private static SampledEstimate Estimate(PerturbationSpaceKind kind)
    {
        var space = PerturbationSpace.Of(Pair.Features(kind));
        var sums = Tally(space, 0, Pair.Shape.VocabularySize);
        return new SampledEstimate(Pair.Shape, space, 0, sums, ExactSums.SumOfSquares(sums));
    }

    private static int[] Tally(PerturbationSpace space, int firstRow, int rowCount)
    {
        var outcomes = new OutcomeBits(60);
        for (var i = 0; i < 60; i += 4)
            outcomes[i] = true;
        var sums = new int[rowCount * space.Dimension];
        OutcomeTally.AddRows(new NoiseKey(1, 2), outcomes, space.Dimension, firstRow, rowCount, sums);
        return sums;
    }

    private static MagnitudeHistogram Counted(GradientEstimate estimate, MagnitudeHistogram histogram)
    {
        Sparsifier.Count(estimate, histogram);
        return histogram;
    }

    private static float[] Lift(GradientEstimate estimate)
    {
        var lifted = new float[estimate.Shape.EntryCount];
        estimate.LiftRows(0, estimate.Shape.VocabularySize, lifted);
        return lifted;
    }
}
