using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;

namespace ComPO.Core.Tests.Spaces;

public sealed class PerturbationSpaceTests
{
    private static readonly SyntheticPair Pair = SyntheticPair.Of(3, 40, 100, 20, 17);

    [Fact]
    public void Lifted_coordinates_are_the_hidden_states_again()
    {
        var features = Pair.Features(PerturbationSpaceKind.Row);
        var space = PerturbationSpace.Of(features);
        Assert.Equal(36, space.Dimension);
        var lifted = new float[features.HiddenStates.Length];
        space.Lift(Array.ConvertAll(space.Coordinates, value => (double)value), lifted);
        for (var i = 0; i < lifted.Length; i++)
            Assert.Equal(features.HiddenStates[i], lifted[i], 5e-6);
    }

    [Fact]
    public void Coordinates_are_the_plain_product_of_hidden_states_and_basis()
    {
        var features = Pair.Features(PerturbationSpaceKind.Row);
        var coordinates = PerturbationSpace.Of(features).Coordinates;
        for (var t = 0; t < 36; t++)
            for (var c = 0; c < 36; c++)
                Assert.Equal(
                    Enumerable.Range(0, 100).Sum(i => (double)features.HiddenStates[t * 100 + i] * features.Basis![c * 100 + i]),
                    coordinates[t * 36 + c], 5e-6);
    }

    [Fact]
    public void Lifting_keeps_lengths_because_the_basis_is_orthonormal()
    {
        var space = PerturbationSpace.Of(Pair.Features(PerturbationSpaceKind.Row));
        var sums = Sums(40 * 36);
        var lifted = new float[40 * 100];
        space.Lift(sums, lifted);
        Assert.Equal(1, lifted.Sum(x => (double)x * x) / sums.Sum(x => (double)x * x), 1e-6);
    }

    [Fact]
    public void A_row_lifted_alone_has_the_bits_of_that_row_among_others()
    {
        var space = PerturbationSpace.Of(Pair.Features(PerturbationSpaceKind.Row));
        var sums = Sums(40 * 36);
        var (all, one) = (new float[40 * 100], new float[100]);
        space.Lift(sums, all);
        for (var row = 0; row < 40; row++)
        {
            space.Lift(sums.AsSpan(row * 36, 36), one);
            Assert.Equal(all.AsSpan(row * 100, 100).ToArray(), one);
        }
    }

    [Fact]
    public void Lifting_is_a_chain_of_fused_multiply_adds_in_the_order_of_the_coordinates()
    {
        var features = Pair.Features(PerturbationSpaceKind.Row);
        var sums = Sums(7 * 36);
        var lifted = new float[7 * 100];
        PerturbationSpace.Of(features).Lift(sums, lifted);
        for (var i = 0; i < lifted.Length; i++)
        {
            var expected = 0f;
            for (var c = 0; c < 36; c++)
                expected = MathF.FusedMultiplyAdd(sums[i / 100 * 36 + c], features.Basis![c * 100 + i % 100], expected);
            Assert.Equal(expected, lifted[i]);
        }
    }

    [Fact]
    public void The_full_space_copies()
    {
        var features = Pair.Features(PerturbationSpaceKind.Full);
        var space = PerturbationSpace.Of(features);
        Assert.Equal(100, space.Dimension);
        Assert.Same(features.HiddenStates, space.Coordinates);
        var lifted = new float[3];
        space.Lift([1, -2, 17664], lifted);
        Assert.Equal([1f, -2f, 17664f], lifted);
    }

    private static int[] Sums(int count)
    {
        var units = new short[count];
        PerturbationNoise.Fill(new NoiseKey(9, 9), 9, 0, units);
        return Array.ConvertAll(units, value => 37 * value);
    }
}
