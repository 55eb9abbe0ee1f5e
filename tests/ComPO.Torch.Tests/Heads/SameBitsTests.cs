using ComPO.Core.Aggregation;
using ComPO.Core.Digests;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Updates;
using ComPO.Torch.Heads;

namespace ComPO.Torch.Tests.Heads;

/// <summary>A short run on the bare parts: whatever may differ between two clusters must not reach the head.</summary>
public sealed class SameBitsTests
{
    private const int Perturbations = 300;

    [Theory]
    [InlineData(PerturbationSpaceKind.Row)]
    [InlineData(PerturbationSpaceKind.Full)]
    [Trait("Invariant", "1 Same bits")]
    public void The_final_head_is_the_same_for_any_blocks_order_and_threads(PerturbationSpaceKind space)
    {
        var plain = Train(space, seed: 1, blockSize: Perturbations, backwards: false, threads: 1, tallyRows: 900);

        Assert.Equal(plain, Train(space, seed: 1, blockSize: 1, backwards: true, threads: 2, tallyRows: 900));
        Assert.Equal(plain, Train(space, seed: 1, blockSize: 64, backwards: true, threads: 1, tallyRows: 113));
        Assert.Equal(plain, Train(space, seed: 1, blockSize: 37, backwards: false, threads: 3, tallyRows: 1));
        Assert.NotEqual(plain, Train(space, seed: 2, blockSize: 37, backwards: false, threads: 3, tallyRows: 900));
    }

    [Theory]
    [InlineData(512, 48, 3, 2)]
    [InlineData(300, 64, 6, 9)]
    [InlineData(200, 100, 2, 1)]
    [InlineData(700, 40, 20, 30)]
    public void Where_arrays_lie_in_memory_does_not_reach_logits_nor_probes(int vocabularySize, int hiddenSize, int chosen, int rejected)
    {
        var encoded = SyntheticPair.Features(vocabularySize, hiddenSize, chosen, rejected, PerturbationSpaceKind.Row).Encode();
        using var engine = new TorchHeadEngine(1);
        var (gaps, first) = (new List<byte[]>(), default((float[] Logits, float[] Product)?));
        for (var place = 0; place < 24; place++)
        {
            // Arrays between them give the next ones other places relative to a cache line.
            gaps.Add(GC.AllocateUninitializedArray<byte>(100_000 + 8 * place));
            var head = SyntheticPair.Head(vocabularySize, hiddenSize);
            var features = PairFeatures.Decode(encoded);
            using var pair = engine.Prepare(head, null, features);
            gaps.Add(GC.AllocateUninitializedArray<byte>(8 * place + 1, pinned: true));
            var space = PerturbationSpace.Of(features);
            using var scratch = new ProbeScratch(new ProbeShape(features.DistinctRows, space.Dimension, vocabularySize, true, HeadPrecision.Float32));
            using var coordinates = new BandedCoordinates(space, scratch.Shape);
            scratch.Multiply(coordinates, new NoiseKey(1, 1), 0, 0);
            float[] product = [.. Enumerable.Range(0, features.DistinctRows).SelectMany(row => scratch.ProductRow(row).ToArray())];
            first ??= (pair.BaseLogits.ToArray(), product);
            Assert.Equal(first.Value.Logits, pair.BaseLogits.ToArray());
            Assert.Equal(first.Value.Product, product);
        }
        GC.KeepAlive(gaps);
    }

    private static Digest Train(PerturbationSpaceKind space, uint seed, int blockSize, bool backwards, int threads, int tallyRows)
    {
        const int vocabularySize = 900, hiddenSize = 40;
        var head = SyntheticPair.Head(vocabularySize, hiddenSize);
        using var engine = new TorchHeadEngine(threads);
        for (var iteration = 0u; iteration < 3; iteration++)
        {
            var features = SyntheticPair.Features(vocabularySize, hiddenSize, 6, 9, space, seed: iteration);
            var key = new NoiseKey(seed, iteration);
            using var pair = engine.Prepare(head, null, features);

            var outcomes = new OutcomeBits(Perturbations);
            var blocks = Enumerable.Range(0, (Perturbations + blockSize - 1) / blockSize).Select(block => block * blockSize);
            foreach (var first in backwards ? blocks.Reverse() : blocks)
                outcomes.Write(first, pair.Probe(key, 5e-4, first, Math.Min(blockSize, Perturbations - first), CancellationToken.None));

            head.Apply(Direction(head.Shape, PerturbationSpace.Of(features), key, outcomes, tallyRows, threads), StepRule.Scale(0.035, 0.25));
        }

        return head.ComputeDigest();
    }

    private static SparseUpdate Direction(HeadShape shape, PerturbationSpace space, NoiseKey key, OutcomeBits outcomes, int tallyRows, int threads)
    {
        var sums = new int[shape.VocabularySize * space.Dimension];
        for (var row = 0; row < shape.VocabularySize; row += tallyRows)
        {
            var rows = Math.Min(tallyRows, shape.VocabularySize - row);
            OutcomeTally.AddRows(key, outcomes, space.Dimension, row, rows, sums.AsSpan(row * space.Dimension, rows * space.Dimension), threads);
        }

        var estimate = new SampledEstimate(shape, space, 0, sums, ExactSums.SumOfSquares(sums));
        return Sparsifier.Emit(estimate, Sparsifier.DensityCut(estimate, 0.0118, threads), threads);
    }
}
