namespace ComPO.Torch.Heads;

/// <summary>Parts of a probe on their own, to be measured.</summary>
public static class ProbeKernels
{
    /// <summary>Σ p·(exp(scale·x) − 1), as a probe computes it.</summary>
    /// <param name="probabilities">p, float32.</param>
    /// <param name="changes">x, float32; as many.</param>
    /// <param name="scale">The factor of x.</param>
    public static double SumExponentials(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> changes, float scale) =>
        LogSumExpChange.Sum(probabilities, changes, scale);

    /// <summary>The same for changes in bfloat16.</summary>
    /// <param name="probabilities">p, float32.</param>
    /// <param name="changes">x, the bits of bfloat16 numbers; as many.</param>
    /// <param name="scale">The factor of x.</param>
    public static double SumExponentials(ReadOnlySpan<float> probabilities, ReadOnlySpan<ushort> changes, float scale) =>
        LogSumExpChange.Sum(probabilities, changes, scale);
}
