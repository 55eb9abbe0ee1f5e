using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Torch.Heads;
using static TorchSharp.torch;

namespace ComPO.Torch.Models;

/// <summary>
/// Log-probabilities of a pair's answers from hidden states and a head of any type: products in float32
/// (float64 when the states are), log-softmax and sums in float64.
/// </summary>
internal static class CompletionScorer
{
    // Logits made at once; 2^24 in float64 are 128 MB.
    private const int LargestBatch = 1 << 24;

    /// <param name="states">[T⁺ + T⁻, d], chosen then rejected.</param>
    /// <param name="shape">V and d.</param>
    /// <param name="headRows">The head's rows from one on, so many: [n, d] of any type.</param>
    /// <param name="cap">The final soft cap, or null.</param>
    /// <param name="rows">The pair's targets.</param>
    public static PairLogProbabilities Score(Tensor states, HeadShape shape, Func<int, int, Tensor> headRows, double? cap, CompletionRows rows)
    {
        using var scope = NewDisposeScope();
        var type = states.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var targets = tensor(Array.ConvertAll(rows.Targets, id => (long)id)).unsqueeze(1);
        var count = (int)states.shape[0];
        var height = Math.Clamp(LargestBatch / shape.VocabularySize, 1, count);
        var logProbabilities = new List<double>(count);
        for (var first = 0; first < count; first += height)
        {
            using var batch = NewDisposeScope();
            var rowsHere = Math.Min(height, count - first);
            var logits = Logits(states.narrow(0, first, rowsHere).to(type), shape, headRows, type).to(ScalarType.Float64);
            if (cap is { } c)
                logits = (logits / c).tanh() * c;
            var taken = logits.gather(1, targets.narrow(0, first, rowsHere)) - logits.logsumexp(1, keepdim: true);
            logProbabilities.AddRange(taken.flatten().data<double>());
        }

        return new PairLogProbabilities(Sum(logProbabilities, 0, rows.ChosenCount), Sum(logProbabilities, rows.ChosenCount, count));
    }

    // Slab by slab, so that a head in half precision is never widened as a whole.
    private static Tensor Logits(Tensor states, HeadShape shape, Func<int, int, Tensor> headRows, ScalarType type)
    {
        var slabs = new VocabularySlabs(shape.VocabularySize, shape.HiddenSize);
        var logits = empty(states.shape[0], shape.VocabularySize, dtype: type);
        for (var slab = 0; slab < slabs.Count; slab++)
        {
            using var scope = NewDisposeScope();
            var weights = headRows(slabs.Start(slab), slabs.HeightOf(slab)).to(type);
            logits.narrow(1, slabs.Start(slab), slabs.HeightOf(slab)).copy_(mm(states, weights.t()));
        }

        return logits;
    }

    private static double Sum(List<double> values, int first, int end)
    {
        var sum = 0.0;
        for (var i = first; i < end; i++)
            sum += values[i];
        return sum;
    }
}
