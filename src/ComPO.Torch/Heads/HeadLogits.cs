using ComPO.Core.Features;
using ComPO.Core.Heads;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads;

/// <summary>
/// The base logits H Wᵀ of a pair under a head, [n, V] float32 before soft-capping: computed slab by
/// slab, each slab on one thread and from aligned memory, so that their bits depend neither on how many threads there are nor on
/// where the arrays lie.
/// </summary>
internal static class HeadLogits
{
    public static float[] Compute(ComputeLanes lanes, HeadWeights head, PairFeatures features)
    {
        var (rows, hidden, vocabulary) = (features.DistinctRows, features.HiddenSize, head.Shape.VocabularySize);
        var logits = GC.AllocateUninitializedArray<float>(rows * vocabulary, pinned: true);
        var slabs = new VocabularySlabs(vocabulary, hidden);

        using var scope = NewDisposeScope();
        // Copies lie aligned, as arrays do not, and products round the same only if their operands lie the same.
        var hiddenStates = frombuffer(features.HiddenStates, ScalarType.Float32).reshape(rows, hidden).clone();
        var weights = frombuffer(head.Values, ScalarType.Float32).reshape(vocabulary, hidden);
        var result = frombuffer(logits, ScalarType.Float32).reshape(rows, vocabulary);
        lanes.Run(slabs.Count, (_, slab) =>
        {
            using var laneScope = NewDisposeScope();
            var height = slabs.HeightOf(slab);
            var product = mm(hiddenStates, weights.narrow(0, slabs.Start(slab), height).clone().t());
            result.narrow(1, slabs.Start(slab), height).copy_(product);
        });
        return logits;
    }
}
