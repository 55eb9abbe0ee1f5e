using System.Buffers;
using ComPO.Core.Features;
using ComPO.Core.Oracle;

namespace ComPO.Torch.Heads;

/// <summary>
/// What the unperturbed head makes of a pair: the next-token probabilities of each distinct row, [n, V]
/// float32 rounded from float64, the log-probabilities of the answers in float64, and for a
/// soft-capped head tanh(x/cap) of each logit.
/// </summary>
internal sealed class BaseDistribution
{
    private BaseDistribution(float[] probabilities, float[]? tanh, PairLogProbabilities logProbabilities) =>
        (Probabilities, Tanh, LogProbabilities) = (probabilities, tanh, logProbabilities);

    public float[] Probabilities { get; }

    public float[]? Tanh { get; }

    public PairLogProbabilities LogProbabilities { get; }

    public static BaseDistribution Of(ComputeLanes lanes, PairFeatures features, float[] logits, double? cap)
    {
        var rows = features.DistinctRows;
        var vocabulary = logits.Length / rows;
        var probabilities = GC.AllocateUninitializedArray<float>(logits.Length);
        var tanh = cap is null ? null : GC.AllocateUninitializedArray<float>(logits.Length);
        var targets = new TargetLogProbabilities(features);

        lanes.Run(rows, (_, row) =>
        {
            var span = (row * vocabulary)..((row + 1) * vocabulary);
            var buffer = ArrayPool<double>.Shared.Rent(vocabulary);
            var capped = buffer.AsSpan(0, vocabulary);
            CappedLogits.Fill(logits.AsSpan(span), cap, capped, tanh is null ? [] : tanh.AsSpan(span));
            var logSumExp = LogSumExp.Of(capped);
            targets.Set(row, capped, logSumExp);
            LogSumExp.Probabilities(capped, logSumExp, probabilities.AsSpan(span));
            ArrayPool<double>.Shared.Return(buffer);
        });
        return new BaseDistribution(probabilities, tanh, targets.Sum());
    }
}
