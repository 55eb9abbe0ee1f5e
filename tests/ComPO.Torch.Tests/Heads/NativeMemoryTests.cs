using ComPO.Core.Noise;
using ComPO.Core.Spaces;
using ComPO.Torch.Heads;
using TorchSharp;

namespace ComPO.Torch.Tests.Heads;

/// <summary>Counts tensors and bytes of the whole process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(NativeMemoryTests), DisableParallelization = true)]
[Collection(nameof(NativeMemoryTests))]
public sealed class NativeMemoryTests
{
    private static readonly NoiseKey Key = new(20, 3);

    [Fact]
    public void Probing_keeps_no_tensors_and_allocates_next_to_nothing()
    {
        var head = SyntheticPair.Head(1061, 96);
        var features = SyntheticPair.Features(1061, 96, 11, 5, PerturbationSpaceKind.Row);
        using var engine = new TorchHeadEngine(1);
        // What other tests left to the collector must not leave while tensors are counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = torch.Tensor.TotalCount;
        using (var pair = engine.Prepare(head, null, features))
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
}
