using ComPO.Core.Aggregation;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;

namespace ComPO.Core.Tests.Theory;

public sealed class ClosedFormTests
{
    private static readonly SyntheticPair Pair = SyntheticPair.Of(12, 30, 20, 6, 5, 0.4f);

    [Theory]
    [InlineData(null)]
    [InlineData(1.5)]
    public void Both_gradients_are_those_of_finite_differences(double? cap)
    {
        var theory = Of(Pair, PerturbationSpaceKind.Full, cap, 0.01);
        var oracle = new ReferenceOracle(Pair.Head, cap, [Pair.Features(PerturbationSpaceKind.Full)]);
        var (a, b) = Gradients(cap);
        const double h = 1e-5;
        for (var i = 0; i < a.Length; i += 7)
        {
            var direction = new double[a.Length];
            direction[i] = 1;
            var (above, below) = (oracle.At(h, direction)[0], oracle.At(-h, direction)[0]);
            Assert.Equal((above.Chosen - below.Chosen) / (2 * h), a[i], 1e-6);
            Assert.Equal((above.Rejected - below.Rejected) / (2 * h), b[i], 1e-6);
        }
        Assert.Equal(Math.Sqrt(Dot(a, a)), theory.ChosenNorm, 1e-10);
        Assert.Equal(Math.Sqrt(Dot(b, b)), theory.RejectedNorm, 1e-10);
        Assert.Equal(-Dot(a, b) / (theory.ChosenNorm * theory.RejectedNorm), theory.Correlation, 1e-12);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.5)]
    public void The_drift_is_half_the_squared_radius_times_the_trace_of_the_curvature(double? cap)
    {
        var theory = Of(Pair, PerturbationSpaceKind.Full, cap, 0.01);
        var oracle = new ReferenceOracle(Pair.Head, cap, [Pair.Features(PerturbationSpaceKind.Full)]);
        var (chosen, rejected) = (0.0, 0.0);
        const double h = 1e-3;
        for (var i = 0; i < 600; i++)
        {
            var direction = new double[600];
            direction[i] = 1;
            var (above, below) = (oracle.At(h, direction)[0], oracle.At(-h, direction)[0]);
            chosen -= (above.Chosen + below.Chosen - 2 * oracle.Before[0].Chosen) / (h * h);
            rejected -= (above.Rejected + below.Rejected - 2 * oracle.Before[0].Rejected) / (h * h);
        }
        Assert.Equal(1, theory.ChosenDrift / (0.5e-4 * chosen), 1e-4);
        Assert.Equal(1, theory.RejectedDrift / (0.5e-4 * rejected), 1e-4);
    }

    [Fact]
    public void Both_spaces_have_the_same_closed_form()
    {
        var (row, full) = (Of(Pair, PerturbationSpaceKind.Row, null, 0.02), Of(Pair, PerturbationSpaceKind.Full, null, 0.02));
        Assert.Equal(full.PredictedProbability, row.PredictedProbability, 1e-6);
        Assert.Equal(full.LimitNorm, row.LimitNorm, 1e-6);
        Assert.Equal(full.ChosenDrift, row.ChosenDrift, 1e-6);
        Assert.Equal(Math.Sqrt(2.0), ExpectedAlignment.Of(row, 10, 1) / ExpectedAlignment.Of(full, 20, 1), 1e-5);
    }

    [Fact]
    public void For_a_vanishing_radius_the_share_is_a_wedge_and_the_limit_the_bisector()
    {
        var theory = Of(Pair, PerturbationSpaceKind.Full, null, 1e-12);
        Assert.Equal((Math.PI - Math.Acos(theory.Correlation)) / (2 * Math.PI), theory.PredictedProbability, 1e-9);
        Assert.Equal(theory.ChosenWeight, theory.RejectedWeight, 1e-9);
        var (a, b) = Gradients(cap: null);
        var bisector = a.Zip(b, (x, y) => x / theory.ChosenNorm - y / theory.RejectedNorm).ToArray();
        var limit = Limit(theory, 20);
        Assert.Equal(1, Dot(bisector, limit) / Math.Sqrt(Dot(bisector, bisector)), 1e-9);
        Assert.Equal(1, Dot(limit, limit), 1e-10);
    }

    [Fact]
    public void Answers_that_are_alike_leave_no_direction_and_no_fault()
    {
        var targets = Pair.Targets[..6];
        var same = new SyntheticPair(
            Pair.Head, [.. Pair.TokenStates[..120], .. Pair.TokenStates[..120]], [.. targets, .. targets], 6);
        var theory = Of(same, PerturbationSpaceKind.Row, null, 0.02);
        Assert.Equal(-1, theory.Correlation, 1e-12);
        Assert.Equal(0, theory.PredictedProbability, 1e-7);
        Assert.True(double.IsFinite(theory.LimitNorm) && theory.LimitNorm < 1e-6);
        Assert.Equal(0, theory.Alignment(new int[30 * 6]));
    }

    [Fact]
    public void Alignment_is_the_cosine_and_the_same_over_any_row_ranges()
    {
        var theory = Of(Pair, PerturbationSpaceKind.Row, null, 0.02);
        var k = PerturbationSpace.Of(Pair.Features(PerturbationSpaceKind.Row)).Dimension;
        var sums = Tally(Pair, PerturbationSpaceKind.Row, 0.02, 100, 5);
        var u = Array.ConvertAll(sums, x => (double)x);
        Assert.Equal(Dot(u, Limit(theory, k)) / Math.Sqrt(Dot(u, u)), theory.Alignment(sums), 1e-9);

        var product = theory.LimitProduct(11, 19, sums.AsSpan(11 * k)) + theory.LimitProduct(0, 11, sums.AsSpan(0, 11 * k));
        Assert.Equal(theory.Alignment(sums), ClosedForm.Alignment(product, ExactSums.SumOfSquares(sums)));
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        var (one, four) = (Of(Pair, PerturbationSpaceKind.Row, 2, 0.02), Of(Pair, PerturbationSpaceKind.Row, 2, 0.02, 4));
        Assert.Equal(one.PredictedProbability, four.PredictedProbability);
        Assert.Equal(Limit(one, 10), Limit(four, 10));
    }

    [Theory]
    [InlineData(PerturbationSpaceKind.Row, null)]
    [InlineData(PerturbationSpaceKind.Full, 3.0)]
    public void The_predicted_change_is_what_a_small_step_does(PerturbationSpaceKind kind, double? cap)
    {
        var theory = Of(Pair, kind, cap, 0.01);
        var space = PerturbationSpace.Of(Pair.Features(kind));
        var sums = Tally(Pair, kind, 0.01, 50, 3, cap);
        var estimate = new SampledEstimate(Pair.Shape, space, 0, sums, ExactSums.SumOfSquares(sums));
        var sparse = Sparsifier.Emit(estimate, Sparsifier.DensityCut(estimate, 0.3));
        using var prepared = new ReferenceHeadEngine().Prepare(Pair.Head, cap, Pair.Features(kind));
        var there = prepared.Evaluate(sparse, [-1e-4, 1e-4]);
        var predicted = theory.PredictedChange(sparse, 2e-4);
        Assert.Equal(1, predicted.Chosen / (there[1].Chosen - there[0].Chosen), 1e-5);
        Assert.Equal(1, predicted.Rejected / (there[1].Rejected - there[0].Rejected), 1e-5);
    }

    [Theory]
    [InlineData(PerturbationSpaceKind.Row)]
    [InlineData(PerturbationSpaceKind.Full)]
    public void The_exact_estimate_points_along_the_limit_in_the_head_with_the_length_of_the_mean(PerturbationSpaceKind kind)
    {
        var theory = Of(Pair, kind, null, 0.02);
        var estimate = new ExactEstimate(theory, PerturbationSpace.Of(Pair.Features(kind)), 1800);
        var lifted = new float[600];
        estimate.LiftRows(0, 30, lifted);
        var u = Array.ConvertAll(lifted, x => (double)x);
        Assert.Equal(1800 * theory.LimitNorm, estimate.Norm, 1e-9);
        Assert.Equal(1, Math.Sqrt(Dot(u, u)) / estimate.Norm, 1e-6);
        var limit = Limit(Of(Pair, PerturbationSpaceKind.Full, null, 0.02), 20);
        Assert.Equal(1, Dot(u, limit) / Math.Sqrt(Dot(u, u)), 1e-6);
    }

    [Fact]
    public void Logits_or_targets_of_another_head_are_refused()
    {
        var features = Pair.Features(PerturbationSpaceKind.Row);
        var space = PerturbationSpace.Of(features);
        Assert.Throws<ArgumentException>(() => ClosedForm.Of(features, space, null, new float[7], 30, 0.01));
        var small = Pair.Targets.Max();
        Assert.Throws<ArgumentException>(() => ClosedForm.Of(features, space, null, new float[features.DistinctRows * small], small, 0.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClosedForm.Of(features, space, null, new float[features.DistinctRows * 30], 30, 0));
    }

    private static ClosedForm Of(SyntheticPair pair, PerturbationSpaceKind kind, double? cap, double radius, int threads = 1)
    {
        var features = pair.Features(kind);
        using var prepared = new ReferenceHeadEngine().Prepare(pair.Head, cap, features);
        return ClosedForm.Of(
            features, PerturbationSpace.Of(features), cap, prepared.BaseLogits.Span, pair.Shape.VocabularySize, radius, threads);
    }

    private static int[] Tally(SyntheticPair pair, PerturbationSpaceKind kind, double radius, int perturbations, uint seed, double? cap = null)
    {
        var features = pair.Features(kind);
        using var prepared = new ReferenceHeadEngine().Prepare(pair.Head, cap, features);
        var key = new NoiseKey(seed, 0);
        var outcomes = prepared.Probe(key, radius, 0, perturbations, TestContext.Current.CancellationToken);
        var sums = new int[pair.Shape.VocabularySize * features.BasisSize];
        OutcomeTally.AddRows(key, outcomes, features.BasisSize, 0, pair.Shape.VocabularySize, sums);
        return sums;
    }

    // a and b in the full space, [V, d] each.
    private static (double[] A, double[] B) Gradients(double? cap)
    {
        var features = Pair.Features(PerturbationSpaceKind.Full);
        var (space, rows) = (PerturbationSpace.Of(features), Pair.Shape.VocabularySize);
        using var prepared = new ReferenceHeadEngine().Prepare(Pair.Head, cap, features);
        return (Of(..features.ChosenCount), Of(features.ChosenCount..));

        double[] Of(Range tokens)
        {
            var gradient = new double[rows * space.Dimension];
            AnswerGradient.Of(features, space, cap, prepared.BaseLogits.Span, rows, tokens, threads: 1).AddRows(0, rows, 1, space, gradient);
            return gradient;
        }
    }

    private static double[] Limit(ClosedForm theory, int columns)
    {
        var rows = new double[theory.VocabularySize * columns];
        theory.LimitRows(0, theory.VocabularySize, rows);
        return rows;
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (p, q) => p * q).Sum();
}
