using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ComPO.Torch.Heads;

/// <summary>Log-sum-exp and softmax of one row of logits in float64, in a fixed order of operations.</summary>
internal static class LogSumExp
{
    private const int Width = 8;

    public static double Of(ReadOnlySpan<double> logits)
    {
        var largest = double.NegativeInfinity;
        foreach (var logit in logits)
            largest = Math.Max(largest, logit);

        ref var x = ref MemoryMarshal.GetReference(logits);
        var sums = Vector512<double>.Zero;
        var whole = logits.Length / Width * Width;
        for (var v = 0; v < whole; v += Width)
            sums += Vector512.Exp(Vector512.LoadUnsafe(ref x, (nuint)v) - Vector512.Create(largest));
        var sum = 0.0;
        for (var lane = 0; lane < Width; lane++)
            sum += sums[lane];
        for (var v = whole; v < logits.Length; v++)
            sum += Exp(logits[v] - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>exp(logit − <paramref name="logSumExp"/>), rounded to float32.</summary>
    public static void Probabilities(ReadOnlySpan<double> logits, double logSumExp, Span<float> probabilities)
    {
        ref var x = ref MemoryMarshal.GetReference(logits);
        var whole = logits.Length / Width * Width;
        for (var v = 0; v < whole; v += Width)
        {
            var exponentials = Vector512.Exp(Vector512.LoadUnsafe(ref x, (nuint)v) - Vector512.Create(logSumExp));
            for (var lane = 0; lane < Width; lane++)
                probabilities[v + lane] = (float)exponentials[lane];
        }

        for (var v = whole; v < logits.Length; v++)
            probabilities[v] = (float)Exp(logits[v] - logSumExp);
    }

    // The vector's own exponential, so that a value does not depend on where in a row it stands.
    private static double Exp(double x) => Vector512.Exp(Vector512.Create(x))[0];
}
