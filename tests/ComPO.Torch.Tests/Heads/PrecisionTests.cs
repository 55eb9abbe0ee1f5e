using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

/// <summary>Products in bfloat16 and in bands of rows, against Core's plain float64 engine and against each other.</summary>
public sealed class PrecisionTests
{
    private static readonly NoiseKey Key = new(20, 3);

    [Theory] // The vocabulary of one slab and rows of one band; several of both.
    [InlineData(700, 48, 16, 15, 1000, PerturbationSpaceKind.Row, null)]
    [InlineData(700, 48, 16, 15, 1000, PerturbationSpaceKind.Row, 20.0)]
    [InlineData(700, 48, 16, 15, 1000, PerturbationSpaceKind.Full, null)]
    [InlineData(2311, 160, 70, 80, 100, PerturbationSpaceKind.Row, null)]
    [InlineData(2311, 160, 70, 80, 100, PerturbationSpaceKind.Row, 20.0)]
    [InlineData(2311, 160, 70, 80, 100, PerturbationSpaceKind.Full, null)]
    public void Outcomes_of_bfloat16_products_are_those_of_float64_but_for_one_in_a_hundred_and_their_base_is_as_exact_as_in_float32(
        int vocabulary, int hidden, int chosen, int rejected, int perturbations, PerturbationSpaceKind space, double? cap)
    {
        var head = SyntheticPair.Head(vocabulary, hidden, 0.1f);
        var features = SyntheticPair.Features(vocabulary, hidden, chosen, rejected, space);
        using var engine = new TorchHeadEngine(2, HeadPrecision.BFloat16);
        using var reference = new ReferenceHeadEngine();
        using var pair = engine.Prepare(head, cap, features);
        using var expected = reference.Prepare(head, cap, features);

        Assert.Equal(expected.Before.Chosen, pair.Before.Chosen, 1e-3);
        Assert.Equal(expected.Before.Rejected, pair.Before.Rejected, 1e-3);
        var (seen, truth) = (Probe(pair, perturbations), Probe(expected, perturbations));
        Assert.InRange(truth.CountImproved(), perturbations / 10, perturbations / 2);
        Assert.InRange(Enumerable.Range(0, perturbations).Count(i => seen[i] != truth[i]), 0, perturbations / 100);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(150)]
    [InlineData(200)]
    public void Bands_of_a_triangular_matrix_leave_nothing_out(int rows)
    {
        var head = SyntheticPair.Head(300, 210, 0.1f);
        var features = SyntheticPair.Features(300, 210, rows / 2, rows - rows / 2 + 1, PerturbationSpaceKind.Row);
        using var engine = new TorchHeadEngine(2);
        using var reference = new ReferenceHeadEngine();
        using var pair = engine.Prepare(head, null, features);
        using var expected = reference.Prepare(head, null, features);

        Assert.Equal(rows, features.DistinctRows);
        Assert.Equal(Probe(expected, 60).ToBase64(), Probe(pair, 60).ToBase64());
    }

    [Theory]
    [InlineData(HeadPrecision.Float32)]
    [InlineData(HeadPrecision.BFloat16)]
    public void A_banded_outcome_depends_on_neither_its_block_nor_the_number_of_threads(HeadPrecision precision)
    {
        var head = SyntheticPair.Head(2311, 160);
        var features = SyntheticPair.Features(2311, 160, 70, 80, PerturbationSpaceKind.Row);
        using var one = new TorchHeadEngine(1, precision);
        using var three = new TorchHeadEngine(3, precision);
        using var alone = one.Prepare(head, null, features);
        using var shared = three.Prepare(head, null, features);
        var whole = Probe(alone, 120);

        var pieces = new OutcomeBits(120);
        for (int first = 0, size = 1; first < 120; first += size, size = Math.Min(size + 7, 120 - first))
            pieces.Write(first, shared.Probe(Key, 5e-4, first, size, CancellationToken.None));

        Assert.Equal(whole.ToBase64(), pieces.ToBase64());
    }

    [Fact]
    public void Slabs_of_bfloat16_cover_the_vocabulary_once_and_are_never_low()
    {
        foreach (var vocabulary in (int[])[63, 64, 1023, 1024, 1025, 1087, 1088, 32_000, 128_256])
            foreach (var columns in (int[])[1, 256, 4096, 100_000])
            {
                var slabs = new VocabularySlabs(vocabulary, columns, HeadPrecision.BFloat16);
                Assert.Equal(vocabulary, slabs.Start(slabs.Count - 1) + slabs.LastHeight);
                Assert.InRange(slabs.LastHeight, Math.Min(64, vocabulary), 2048);
            }
    }

    private static OutcomeBits Probe(IPreparedPair pair, int count) => pair.Probe(Key, 5e-4, 0, count, CancellationToken.None);
}
