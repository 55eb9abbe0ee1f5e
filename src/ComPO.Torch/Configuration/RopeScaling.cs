namespace ComPO.Torch.Configuration;

/// <summary>How the rotary frequencies of a model are stretched to contexts longer than it was first trained on.</summary>
public abstract record RopeScaling;

/// <summary>All frequencies are divided by one factor (Chen et al., 2023, arXiv 2306.15595).</summary>
/// <param name="Factor">The factor.</param>
public sealed record LinearRopeScaling(double Factor) : RopeScaling;

/// <summary>The base of the frequencies grows with the sequence, once that is longer than the model's context ("dynamic NTK").</summary>
/// <param name="Factor">By how much the base grows with the excess.</param>
public sealed record DynamicRopeScaling(double Factor) : RopeScaling;

/// <summary>
/// YaRN (Peng et al., 2023, arXiv 2309.00071): high frequencies are left alone, low ones divided by the factor, those between are blended.
/// </summary>
/// <param name="Factor">By how much low frequencies are divided.</param>
/// <param name="AttentionFactor">What cosines and sines are multiplied by.</param>
/// <param name="FastTurns">A pair of coordinates that turns more often than this within the original context is left alone.</param>
/// <param name="SlowTurns">One that turns less often than this is stretched whole.</param>
/// <param name="OriginalContextLength">The context, in tokens, for which the frequencies were first trained.</param>
/// <param name="Truncate">Whether the bounds of the blend are rounded outwards to whole coordinates.</param>
public sealed record YarnRopeScaling(
    double Factor, double AttentionFactor, double FastTurns, double SlowTurns, int OriginalContextLength, bool Truncate) : RopeScaling;

/// <summary>LongRoPE (Ding et al., 2024, arXiv 2402.13753): every frequency has a divisor of its own, one for short sequences and one for long.</summary>
/// <param name="ShortFactors">The divisors for sequences within the original context, one for each pair of coordinates.</param>
/// <param name="LongFactors">The divisors for longer sequences.</param>
/// <param name="AttentionFactor">What cosines and sines are multiplied by.</param>
/// <param name="OriginalContextLength">The context, in tokens, for which the frequencies were first trained.</param>
public sealed record LongRopeScaling(
    IReadOnlyList<double> ShortFactors, IReadOnlyList<double> LongFactors, double AttentionFactor, int OriginalContextLength) : RopeScaling;

/// <summary>
/// The rule of Llama 3.1: long wavelengths are stretched by <paramref name="Factor"/>, short ones are left alone, those between are blended.
/// </summary>
/// <param name="Factor">By how much the longest wavelengths are stretched.</param>
/// <param name="LowFrequencyFactor">A wavelength longer than the original context over this is stretched whole.</param>
/// <param name="HighFrequencyFactor">A wavelength shorter than the original context over this is left alone.</param>
/// <param name="OriginalContextLength">The context, in tokens, for which the frequencies were first trained.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength) : RopeScaling;

/// <summary>
/// Proportional, or p-RoPE (Barbero et al., 2025, arXiv 2410.06205): the first pairs of coordinates, which turn fastest, turn as they would without it; the
/// others not at all.
/// </summary>
/// <param name="TurningPairs">How many pairs turn.</param>
/// <param name="Factor">By how much their frequencies are divided.</param>
public sealed record ProportionalRopeScaling(int TurningPairs, double Factor) : RopeScaling;
