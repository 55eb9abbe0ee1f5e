using ComPO.Core.Noise;

namespace ComPO.Torch.Heads;

/// <summary>Why a probe has no outcome.</summary>
internal static class ProbeFailure
{
    public static ArithmeticException NotANumber(NoiseKey key, uint perturbation, double chosen, double rejected, float radius) => new(
        $"Perturbation {perturbation} of iteration {key.Iteration} changes the log-probabilities by {chosen} and {rejected}, " +
        $"which are not numbers: the radius {radius} is far too large, or the head or the hidden states hold values too large for float32.");
}
