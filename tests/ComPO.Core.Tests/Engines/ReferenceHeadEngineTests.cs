using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Updates;

namespace ComPO.Core.Tests.Engines;

public sealed class ReferenceHeadEngineTests
{
    private static readonly SyntheticPair Pair = SyntheticPair.Of(6, 40, 24, 7, 6);
    private static readonly NoiseKey Key = new(2026, 3);

    [Theory]
    [InlineData(PerturbationSpaceKind.Full, null, 5e-4)]
    [InlineData(PerturbationSpaceKind.Full, 3.0, 0.05)]
    [InlineData(PerturbationSpaceKind.Row, null, 0.05)]
    [InlineData(PerturbationSpaceKind.Row, 3.0, 5e-4)]
    public void Every_outcome_equals_that_of_the_whole_perturbed_head(PerturbationSpaceKind kind, double? cap, double radius)
    {
        var features = Pair.Features(kind);
        var space = PerturbationSpace.Of(features);
        using var engine = new ReferenceHeadEngine();
        using var prepared = engine.Prepare(Pair.Head, cap, features);
        var oracle = new ReferenceOracle(Pair.Head, cap, [features]);
        Assert.Equal(oracle.Before[0].Chosen, prepared.Before.Chosen, 1e-12);
        Assert.Equal(oracle.Before[0].Rejected, prepared.Before.Rejected, 1e-12);

        var outcomes = prepared.Probe(Key, radius, 0, 150, TestContext.Current.CancellationToken);
        for (var i = 0; i < outcomes.Count; i++)
            Assert.Equal(oracle.IsImproved(radius, Lift(space, features.Basis, (uint)i)), outcomes[i]);
        Assert.InRange(outcomes.CountImproved(), 5, 145);
    }

    [Fact]
    public void An_outcome_does_not_depend_on_its_block()
    {
        using var prepared = new ReferenceHeadEngine().Prepare(Pair.Head, null, Pair.Features(PerturbationSpaceKind.Row));
        var all = prepared.Probe(Key, 0.01, 0, 100, TestContext.Current.CancellationToken);
        var pieced = new OutcomeBits(100);
        foreach (var (first, count) in new[] { (64, 36), (0, 1), (1, 63) })
            pieced.Write(first, prepared.Probe(Key, 0.01, first, count, TestContext.Current.CancellationToken));
        Assert.Equal(all, pieced);
    }

    [Fact]
    public void A_step_along_an_update_gives_the_log_probabilities_of_the_moved_head()
    {
        var features = Pair.Features(PerturbationSpaceKind.Row);
        var update = new SparseUpdate(Pair.Shape, [0, 5, 100, 959], [0.5f, -0.25f, 1, 0.125f]);
        using var engine = new ReferenceHeadEngine();
        using var prepared = engine.Prepare(Pair.Head, 4, features);
        var walked = prepared.Evaluate(update, [0, 0.5, 2]);
        Assert.Equal(prepared.Before, walked[0]);
        var moved = Pair.Head.Clone();
        moved.Apply(update, 2);
        using var there = engine.Prepare(moved, 4, features);
        Assert.Equal(there.Before.Chosen, walked[2].Chosen, 1e-5);
        Assert.Equal(there.Before.Rejected, walked[2].Rejected, 1e-5);
        Assert.NotEqual(walked[1], walked[2]);
    }

    [Fact]
    public void Probing_stops_when_it_is_cancelled()
    {
        using var prepared = new ReferenceHeadEngine().Prepare(Pair.Head, null, Pair.Features(PerturbationSpaceKind.Row));
        Assert.Throws<OperationCanceledException>(() => prepared.Probe(Key, 0.01, 0, 1, new CancellationToken(true)));
    }

    // E·Qᵀ in float64; in the full space E is the perturbation itself.
    private static double[] Lift(PerturbationSpace space, float[]? basis, uint perturbation)
    {
        var (v, d, k) = (Pair.Shape.VocabularySize, Pair.Shape.HiddenSize, space.Dimension);
        var entries = new float[v * k];
        PerturbationNoise.Fill(Key, perturbation, 0, entries);
        if (basis is null)
            return Array.ConvertAll(entries, value => (double)value);
        var lifted = new double[v * d];
        for (var row = 0; row < v; row++)
            for (var c = 0; c < k; c++)
                for (var i = 0; i < d; i++)
                    lifted[row * d + i] += (double)entries[row * k + c] * basis[c * d + i];
        return lifted;
    }
}
