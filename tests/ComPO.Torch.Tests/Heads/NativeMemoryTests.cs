using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Torch.Heads;
using ComPO.Torch.Heads.Tensors;
using TorchSharp;

namespace ComPO.Torch.Tests.Heads;

/// <summary>Counts tensors and bytes of the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(NativeMemoryTests), DisableParallelization = true)]
[Collection(nameof(NativeMemoryTests))]
public sealed class NativeMemoryTests
{
    // Two slabs of bfloat16, more of float32.
    private const int Vocabulary = 2200;

    private static readonly NoiseKey Key = new(20, 3);

    [Theory]
    [InlineData(PerturbationSpaceKind.Row, HeadPrecision.Float32, null)]
    [InlineData(PerturbationSpaceKind.Row, HeadPrecision.BFloat16, null)]
    [InlineData(PerturbationSpaceKind.Full, HeadPrecision.BFloat16, 20.0)]
    public void Probing_keeps_no_tensors_and_allocates_its_answer_and_a_little_a_call(PerturbationSpaceKind space, HeadPrecision precision, double? cap)
    {
        const int perturbations = 256;
        var head = SyntheticPair.Head(Vocabulary, 96);
        var features = SyntheticPair.Features(Vocabulary, 96, 11, 5, space);
        using var engine = new TorchHeadEngine(1, precision);
        // What other tests left to the collector must not leave while tensors are counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = torch.Tensor.TotalCount;
        using (var pair = engine.Prepare(head, cap, features))
        {
            pair.Probe(Key, 5e-4, 0, 16, CancellationToken.None);
            var tensors = torch.Tensor.TotalCount;
            var bytes = LeastAllocated(() => pair.Probe(Key, 5e-4, 0, perturbations, CancellationToken.None));

            Assert.Equal(tensors, torch.Tensor.TotalCount);
            // The outcomes are a bit each; the rest is the call's, and a byte each would be too much.
            Assert.InRange(bytes, perturbations / 8, perturbations / 8 + 576);
        }

        // What the lanes keep for the next pair: the two views of noise and product, of both slab heights.
        Assert.InRange(torch.Tensor.TotalCount - before, 0, 4);
    }

    [Theory]
    [InlineData(PerturbationSpaceKind.Row, HeadPrecision.Float32, null)]
    [InlineData(PerturbationSpaceKind.Row, HeadPrecision.BFloat16, null)]
    [InlineData(PerturbationSpaceKind.Full, HeadPrecision.Float32, 20.0)]
    public void The_kernel_itself_allocates_nothing(PerturbationSpaceKind space, HeadPrecision precision, double? cap)
    {
        var head = SyntheticPair.Head(Vocabulary, 96);
        var features = SyntheticPair.Features(Vocabulary, 96, 70, 65, space);
        using var lanes = new ComputeLanes(1);
        var distribution = BaseDistribution.Of(lanes, features, HeadLogits.Compute(lanes, head, features), cap);
        using var pair = new PerturbedPair(features, distribution, Vocabulary, cap, precision);
        using var lane = new Lane(new LaneGate());
        Assert.True(pair.AtOnce > 1, "Several slabs are wanted.");
        var first = 0u;

        Assert.Equal(0, Allocated.LeastOnThread(() => Probe(first += 8)));

        void Probe(uint first)
        {
            Span<PairLogProbabilities> changes = stackalloc PairLogProbabilities[8];
            pair.Changes(lane, Key, first, 5e-4f, changes, CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(20.0)]
    public void Tensor_operations_keep_no_tensor_but_the_pairs_and_none_at_all_after_it(double? cap)
    {
        var head = SyntheticPair.Head(1061, 96);
        var features = SyntheticPair.Features(1061, 96, 11, 5, PerturbationSpaceKind.Row);
        using var engine = new TensorHeadEngine("cpu", 1, HeadPrecision.BFloat16, LaunchBudget.Default, 300 * 96);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = torch.Tensor.TotalCount;
        using (var pair = engine.Prepare(head, cap, features))
        {
            var prepared = torch.Tensor.TotalCount;
            pair.Probe(Key, 5e-4, 0, 40, CancellationToken.None);
            // An absurd radius takes the way through float64, and ends in an error the way through a failure.
            pair.Probe(Key, 5, 0, 4, CancellationToken.None);
            Assert.Throws<ArithmeticException>(() => pair.Probe(Key, float.NaN, 0, 4, CancellationToken.None));
            engine.AddSignedNoise(Key, new OutcomeBits(9), 16, 0, new int[1061 * 16], 1);

            Assert.Equal(prepared, torch.Tensor.TotalCount);
            Assert.InRange(prepared - before, 5, 30);
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    // Of a few: what else there is in the process may allocate meanwhile.
    private static long LeastAllocated(Action work) => Enumerable.Range(0, 3).Min(_ =>
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        work();
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    });
}
