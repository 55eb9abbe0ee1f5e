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
    private static readonly NoiseKey Key = new(20, 3);

    [Theory]
    [InlineData(PerturbationSpaceKind.Row, HeadPrecision.Float32, null)]
    [InlineData(PerturbationSpaceKind.Row, HeadPrecision.BFloat16, null)]
    [InlineData(PerturbationSpaceKind.Full, HeadPrecision.BFloat16, 20.0)]
    public void Probing_keeps_no_tensors_and_allocates_next_to_nothing(PerturbationSpaceKind space, HeadPrecision precision, double? cap)
    {
        var head = SyntheticPair.Head(1061, 96);
        var features = SyntheticPair.Features(1061, 96, 11, 5, space);
        using var engine = new TorchHeadEngine(1, precision);
        // What other tests left to the collector must not leave while tensors are counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = torch.Tensor.TotalCount;
        using (var pair = engine.Prepare(head, cap, features))
        {
            pair.Probe(Key, 5e-4, 0, 8, CancellationToken.None);
            var (tensors, bytes) = (torch.Tensor.TotalCount, GC.GetTotalAllocatedBytes(precise: true));
            pair.Probe(Key, 5e-4, 0, 512, CancellationToken.None);

            Assert.Equal(tensors, torch.Tensor.TotalCount);
            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - bytes, 0, 64 * 512);
        }

        // What the lanes keep for the next pair: the two views of noise and product, of both slab heights.
        Assert.InRange(torch.Tensor.TotalCount - before, 0, 4);
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
}
