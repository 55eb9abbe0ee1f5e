using ComPO.Core.Aggregation;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using MathNet.Numerics.Distributions;

namespace ComPO.Core.Tests.Theory;

/// <summary>The oracle asked many times, against what the closed form says it answers.</summary>
public sealed class MonteCarloTests(ITestOutputHelper output)
{
    private const int Pairs = 12;
    private const int Perturbations = 1200;

    [Theory]
    [InlineData(PerturbationSpaceKind.Row, null, 5e-4)]
    [InlineData(PerturbationSpaceKind.Row, null, 0.04)]
    [InlineData(PerturbationSpaceKind.Row, 2.0, 5e-4)]
    [InlineData(PerturbationSpaceKind.Row, 2.0, 0.04)]
    [InlineData(PerturbationSpaceKind.Full, null, 5e-4)]
    [InlineData(PerturbationSpaceKind.Full, null, 0.04)]
    [InlineData(PerturbationSpaceKind.Full, 2.0, 5e-4)]
    [InlineData(PerturbationSpaceKind.Full, 2.0, 0.04)]
    public void Improved_counts_are_as_predicted_and_not_without_the_drift(PerturbationSpaceKind kind, double? cap, double radius)
    {
        var (withDrift, without) = (new double[Pairs], new double[Pairs]);
        Parallel.For(0, Pairs, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            // One answer long, the other short, in turns: noise hurts the longer one more.
            var pair = SyntheticPair.Of((uint)(100 + i), 80, 32, i % 2 == 0 ? 24 : 3, i % 2 == 0 ? 3 : 24, 0.15f);
            var features = pair.Features(kind);
            using var prepared = new ReferenceHeadEngine().Prepare(pair.Head, cap, features);
            var theory = ClosedForm.Of(features, PerturbationSpace.Of(features), cap, prepared.BaseLogits.Span, 80, radius);
            var improved = prepared.Probe(new NoiseKey((uint)i, 1), radius, 0, Perturbations, CancellationToken.None).CountImproved();
            withDrift[i] = Deviations(improved, theory.PredictedProbability);
            without[i] = Deviations(improved, BivariateNormal.UpperProbability(0, 0, theory.Correlation));
        });
        output.WriteLine($"z {string.Join(' ', withDrift.Select(z => z.ToString("f2", null)))}");
        output.WriteLine($"z without drift {string.Join(' ', without.Select(z => z.ToString("f2", null)))}");
        Assert.All(withDrift, z => Assert.InRange(z, -4, 4));
        Assert.InRange(withDrift.Sum() / Math.Sqrt(Pairs), -3, 3);
        var bound = ChiSquared.InvCDF(Pairs, 0.999);
        Assert.InRange(withDrift.Sum(z => z * z), 0, bound);
        if (radius > 0.01)
            Assert.True(without.Sum(z => z * z) > bound, "Leaving the drift out should be seen.");
    }

    [Fact]
    public void The_cosine_to_the_limit_grows_with_the_perturbations_as_predicted()
    {
        foreach (var kind in new[] { PerturbationSpaceKind.Row, PerturbationSpaceKind.Full })
            foreach (var perturbations in new[] { 100, 400, 1600 })
            {
                var (seen, predicted) = MeanAlignment(kind, perturbations, 8);
                output.WriteLine($"{kind} m={perturbations}: alignment {seen:f4}, predicted {predicted:f4}");
                Assert.Equal(1, seen / predicted, 0.3 / Math.Sqrt(perturbations / 100.0));
            }
    }

    [Fact]
    public void The_row_space_is_better_aligned_by_the_square_root_of_the_dimensions()
    {
        var (row, _) = MeanAlignment(PerturbationSpaceKind.Row, 500, 24);
        var (full, _) = MeanAlignment(PerturbationSpaceKind.Full, 500, 24);
        output.WriteLine($"row {row:f4} full {full:f4} ratio {row / full:f3}");
        Assert.Equal(2.0, row / full, 0.14);
    }

    // k = 12 distinct rows of d = 48 columns.
    private static (double Seen, double Predicted) MeanAlignment(PerturbationSpaceKind kind, int perturbations, int seeds)
    {
        var pair = SyntheticPair.Of(77, 256, 48, 7, 6);
        var features = pair.Features(kind);
        var space = PerturbationSpace.Of(features);
        using var prepared = new ReferenceHeadEngine().Prepare(pair.Head, null, features);
        var theory = ClosedForm.Of(features, space, null, prepared.BaseLogits.Span, 256, 5e-4);
        var seen = new double[seeds];
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var key = new NoiseKey((uint)seed, 9);
            var sums = new int[256 * space.Dimension];
            OutcomeTally.AddRows(key, prepared.Probe(key, 5e-4, 0, perturbations, CancellationToken.None), space.Dimension, 0, 256, sums);
            seen[seed] = theory.Alignment(sums);
        });
        return (seen.Average(), ExpectedAlignment.Of(theory, space.Dimension, perturbations));
    }

    private static double Deviations(int improved, double probability) =>
        (improved - Perturbations * probability) / Math.Sqrt(Perturbations * probability * (1 - probability));
}
