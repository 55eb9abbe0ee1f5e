using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;
using ComPO.Torch.Heads;
using ComPO.Torch.Heads.Tensors;
using static TorchSharp.torch;

namespace ComPO.Torch.Tests.Heads.Tensors;

/// <summary>The engine of tensor operations, on the processor, against Core's plain float64 engine and against the processor's own.</summary>
public sealed class TensorHeadEngineTests
{
    private static readonly NoiseKey Key = new(20, 3);

    [Theory]
    [MemberData(nameof(ReferenceAgreementTests.Shapes), MemberType = typeof(ReferenceAgreementTests))]
    public void Outcomes_are_those_of_the_float64_reference_one_by_one(
        int vocabularySize, int hiddenSize, int chosen, int rejected, PerturbationSpaceKind space, double? cap, double radius)
    {
        var head = SyntheticPair.Head(vocabularySize, hiddenSize);
        var features = SyntheticPair.Features(vocabularySize, hiddenSize, chosen, rejected, space);
        // Three slabs or more where the vocabulary is not tiny.
        using var engine = new TensorHeadEngine("cpu", 2, HeadPrecision.Float32, LaunchBudget.Default, 192 * hiddenSize);
        using var reference = new ReferenceHeadEngine();
        using var pair = engine.Prepare(head, cap, features);
        using var expected = reference.Prepare(head, cap, features);

        Assert.Equal(expected.Before.Chosen, pair.Before.Chosen, 1e-4);
        Assert.Equal(expected.Before.Rejected, pair.Before.Rejected, 1e-4);
        Assert.Equal(Probe(expected, 200, radius).ToBase64(), Probe(pair, 200, radius).ToBase64());
    }

    [Theory] // The last are products in bands on the processor.
    [InlineData(700, 48, 16, 15, 1000, PerturbationSpaceKind.Row, null)]
    [InlineData(700, 48, 16, 15, 1000, PerturbationSpaceKind.Row, 20.0)]
    [InlineData(700, 48, 16, 15, 1000, PerturbationSpaceKind.Full, null)]
    [InlineData(2311, 160, 70, 80, 100, PerturbationSpaceKind.Row, null)]
    [InlineData(2311, 160, 70, 80, 100, PerturbationSpaceKind.Full, null)]
    public void Outcomes_of_bfloat16_products_are_those_of_float64_and_of_the_processor_but_for_one_in_a_hundred(
        int vocabulary, int hidden, int chosen, int rejected, int perturbations, PerturbationSpaceKind space, double? cap)
    {
        var head = SyntheticPair.Head(vocabulary, hidden, 0.1f);
        var features = SyntheticPair.Features(vocabulary, hidden, chosen, rejected, space);
        using var engine = new TensorHeadEngine("cpu", 2, HeadPrecision.BFloat16);
        using var processor = new TorchHeadEngine(2, HeadPrecision.BFloat16);
        using var reference = new ReferenceHeadEngine();
        using var pair = engine.Prepare(head, cap, features);
        using var other = processor.Prepare(head, cap, features);
        using var expected = reference.Prepare(head, cap, features);

        var (seen, beside, truth) = (Probe(pair, perturbations), Probe(other, perturbations), Probe(expected, perturbations));

        Assert.InRange(truth.CountImproved(), perturbations / 10, perturbations / 2);
        Assert.InRange(Enumerable.Range(0, perturbations).Count(i => seen[i] != truth[i]), 0, perturbations / 100);
        Assert.InRange(Enumerable.Range(0, perturbations).Count(i => seen[i] != beside[i]), 0, perturbations / 50);
    }

    [Theory]
    [InlineData(HeadPrecision.Float32, PerturbationSpaceKind.Row)]
    [InlineData(HeadPrecision.Float32, PerturbationSpaceKind.Full)]
    [InlineData(HeadPrecision.BFloat16, PerturbationSpaceKind.Row)]
    public void An_outcome_depends_on_neither_its_block_nor_the_number_of_threads(HeadPrecision precision, PerturbationSpaceKind space)
    {
        var head = SyntheticPair.Head(2311, 160);
        var features = SyntheticPair.Features(2311, 160, 70, 80, space);
        using var one = new TensorHeadEngine("cpu", 1, precision);
        using var three = new TensorHeadEngine("cpu", 3, precision);
        using var alone = one.Prepare(head, null, features);
        using var shared = three.Prepare(head, null, features);
        var whole = Probe(alone, 60);

        var pieces = new OutcomeBits(60);
        for (int first = 0, size = 1; first < 60; first += size, size = Math.Min(size + 7, 60 - first))
            pieces.Write(first, shared.Probe(Key, 5e-4, first, size, CancellationToken.None));

        Assert.InRange(whole.CountImproved(), 5, 30);
        Assert.Equal(whole.ToBase64(), pieces.ToBase64());
        Assert.Equal(alone.Before, shared.Before);
        Assert.Equal(alone.BaseLogits.ToArray(), shared.BaseLogits.ToArray());
    }

    [Theory]
    [InlineData(HeadPrecision.Float32)]
    [InlineData(HeadPrecision.BFloat16)]
    public void Changes_are_the_same_bits_however_many_perturbations_share_a_launch_and_a_block(HeadPrecision precision)
    {
        var head = SyntheticPair.Head(1061, 96);
        var features = SyntheticPair.Features(1061, 96, 41, 35, PerturbationSpaceKind.Row);
        var whole = Changes(1L << 30, [60]);

        Assert.Equal(whole, Changes(1, [60]));
        Assert.Equal(whole, Changes(8L << 20, [60]));
        Assert.Equal(whole, Changes(1L << 30, [1, 7, 2, 31, 19]));

        double[] Changes(long budget, int[] blocks)
        {
            using var distribution = TensorBase.Of(head, features, null, new LaunchBudget(budget), CPU);
            using var pair = new TensorPerturbedPair(features, distribution, 1061, null, precision, new LaunchBudget(budget), CPU, 300 * 75);
            var first = 0u;
            var changes = new List<double>();
            foreach (var block in blocks)
            {
                changes.AddRange(pair.Changes(Key, first, block, 5e-4f, CancellationToken.None));
                first += (uint)block;
            }
            return [.. changes];
        }
    }

    [Fact]
    public void The_budget_decides_how_many_share_a_launch()
    {
        Assert.Equal(1, new LaunchBudget(10).Perturbations(1000, 50));
        Assert.Equal(7, new LaunchBudget(7999).Perturbations(1000, 50));
        Assert.Equal(50, new LaunchBudget(1 << 30).Perturbations(1000, 50));
        // A perturbation of the largest heads fits the usual budget several times, whatever the pair.
        foreach (var (vocabulary, columns) in new[] { (32_000, 256), (128_256, 4096), (256_000, 3584) })
        {
            var slabs = VocabularySlabs.OfLaunches(vocabulary, columns);
            Assert.InRange(LaunchBudget.Default.Bytes / TensorNoise.Bytes((long)slabs.LargestHeight * columns), 4, 100);
        }
    }

    [Theory]
    [InlineData(1, new[] { 1, 1 })]
    [InlineData(7, new[] { 3, 7 })]
    [InlineData(1000, new[] { 3, 60 })]
    public void As_many_perturbations_of_a_block_share_a_launch_as_there_is_room_for(int room, int[] shared)
    {
        var head = SyntheticPair.Head(1061, 96);
        var features = SyntheticPair.Features(1061, 96, 11, 5, PerturbationSpaceKind.Row);
        using var distribution = TensorBase.Of(head, features, null, LaunchBudget.Default, CPU);
        using var roomy = Pair(LaunchBudget.Default);
        using var pair = Pair(new LaunchBudget(room * roomy.BytesPerPerturbation));
        Assert.Equal(0, pair.LargestLaunch);

        pair.Changes(Key, 0, 3, 5e-4f, CancellationToken.None);
        Assert.Equal(shared[0], pair.LargestLaunch);
        pair.Changes(Key, 3, 60, 5e-4f, CancellationToken.None);
        Assert.Equal(shared[1], pair.LargestLaunch);

        TensorPerturbedPair Pair(LaunchBudget budget) => new(features, distribution, 1061, null, HeadPrecision.Float32, budget, CPU, 300 * 96);
    }

    [Fact]
    public void The_line_search_and_the_base_logits_are_those_of_float64()
    {
        var head = SyntheticPair.Head(530, 24);
        var features = SyntheticPair.Features(530, 24, 6, 8, PerturbationSpaceKind.Row);
        var direction = new SparseUpdate(head.Shape, [0, 25, 700, 5000], [0.5f, -0.3f, 0.4f, 0.2f]);
        using var engine = new TensorHeadEngine("cpu", 1, HeadPrecision.Float32, new LaunchBudget(1), 100 * 24);
        using var reference = new ReferenceHeadEngine();
        using var pair = engine.Prepare(head, 3.0, features);
        using var expected = reference.Prepare(head, 3.0, features);

        Assert.All(expected.BaseLogits.ToArray().Zip(pair.BaseLogits.ToArray()), both => Assert.Equal(both.First, both.Second, 1e-4f));
        Assert.All(expected.Evaluate(direction, LineSearch.Steps).Zip(pair.Evaluate(direction, LineSearch.Steps)), both =>
        {
            Assert.Equal(both.First.Chosen, both.Second.Chosen, 1e-4);
            Assert.Equal(both.First.Rejected, both.Second.Rejected, 1e-4);
        });
    }

    [Fact]
    public void Mistakes_and_cancellation_are_those_of_the_other_engine()
    {
        using var engine = new TensorHeadEngine("cpu", 1, HeadPrecision.Float32);
        var head = SyntheticPair.Head(512, 32);
        using var pair = engine.Prepare(head, null, SyntheticPair.Features(512, 32, 5, 5, PerturbationSpaceKind.Row));
        using var wild = engine.Prepare(head, null, SyntheticPair.Features(512, 32, 5, 5, PerturbationSpaceKind.Full, deviation: 1e30f));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => pair.Probe(Key, 5e-4, 0, 100, cancelled.Token));
        Assert.Contains("Perturbation 3 ", Assert.Throws<ArithmeticException>(() => wild.Probe(Key, 1e30, 3, 4, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Throws<ModelException>(() => engine.Prepare(SyntheticPair.Head(64, 32), null, pair.Features));
        Assert.Equal(0, Probe(pair, 0).Count);
        Assert.Equal(100, Probe(pair, 100).Count);
        Assert.Matches(@"^cpu-(amd|intel|x64|arm)-(avx512|avx2|sse2|neon)-fp32-libtorch\d+\.\d+\.\d+-tensor$", engine.ComputeClass);
    }

    private static OutcomeBits Probe(IPreparedPair pair, int count, double radius = 5e-4) => pair.Probe(Key, radius, 0, count, CancellationToken.None);
}
