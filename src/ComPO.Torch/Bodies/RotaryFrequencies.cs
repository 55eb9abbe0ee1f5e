using ComPO.Torch.Configuration;
using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>
/// How far each pair of coordinates turns from one position to the next, under every rule that transformers knows, with its order
/// of operations.
/// </summary>
internal static class RotaryFrequencies
{
    /// <summary>
    /// The turns in radians, [headSize / 2] of the given precision on the CPU, for a sequence of <paramref name="length"/> tokens, and what
    /// cosines and sines are multiplied by.
    /// </summary>
    public static (Tensor Frequencies, double Factor) Of(ModelConfig config, long length, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        var (frequencies, factor) = config.RopeScaling switch
        {
            null => (Plain(config, config.RopeTheta, precision), 1),
            LinearRopeScaling linear => (Plain(config, config.RopeTheta, precision) / linear.Factor, 1),
            DynamicRopeScaling dynamic => (Plain(config, GrownBase(config, dynamic, length), precision), 1),
            YarnRopeScaling yarn => (Blend(config, yarn, precision), yarn.AttentionFactor),
            LongRopeScaling longRope => (Divide(config, longRope, length, precision), longRope.AttentionFactor),
            Llama3RopeScaling llama3 => (Stretch(Plain(config, config.RopeTheta, precision), llama3), 1),
            ProportionalRopeScaling proportional => (Still(Plain(config, config.RopeTheta, precision), proportional), 1),
            var other => throw new InvalidOperationException($"There is no rule for {other.GetType().Name}."),
        };
        return (frequencies.MoveToOuterDisposeScope(), factor);
    }

    private static Tensor Plain(ModelConfig config, double theta, ScalarType precision) => Wavelengths(config, theta, precision).reciprocal();

    /// <summary>θ^(2i/size): positions per radian.</summary>
    private static Tensor Wavelengths(ModelConfig config, double theta, ScalarType precision) =>
        pow(tensor(theta, precision), arange(0, config.HeadSize, 2, dtype: ScalarType.Int64).to(precision) / config.HeadSize);

    private static double GrownBase(ModelConfig config, DynamicRopeScaling scaling, long length)
    {
        double context = config.ContextLength;
        var growth = scaling.Factor * Math.Max(length, context) / context - (scaling.Factor - 1);
        return config.RopeTheta * Math.Pow(growth, config.HeadSize / (config.HeadSize - 2.0));
    }

    private static Tensor Blend(ModelConfig config, YarnRopeScaling scaling, ScalarType precision)
    {
        double CoordinateThatTurns(double turns) =>
            config.HeadSize * Math.Log(scaling.OriginalContextLength / (turns * 2 * Math.PI)) / (2 * Math.Log(config.RopeTheta));
        var (low, high) = (CoordinateThatTurns(scaling.FastTurns), CoordinateThatTurns(scaling.SlowTurns));
        if (scaling.Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, config.HeadSize - 1));
        if (low == high) high += 0.001;

        var wavelengths = Wavelengths(config, config.RopeTheta, precision);
        var kept = 1 - ((arange(config.HeadSize / 2, dtype: precision) - low) / (high - low)).clamp(0, 1);
        return (wavelengths * scaling.Factor).reciprocal() * (1 - kept) + wavelengths.reciprocal() * kept;
    }

    private static Tensor Divide(ModelConfig config, LongRopeScaling scaling, long length, ScalarType precision)
    {
        var factors = length > scaling.OriginalContextLength ? scaling.LongFactors : scaling.ShortFactors;
        return (tensor(factors.ToArray(), precision) * Wavelengths(config, config.RopeTheta, precision)).reciprocal();
    }

    private static Tensor Stretch(Tensor frequencies, Llama3RopeScaling scaling)
    {
        double context = scaling.OriginalContextLength;
        var wavelengths = 2 * Math.PI / frequencies;
        var isLong = wavelengths > context / scaling.LowFrequencyFactor;
        var isShort = wavelengths < context / scaling.HighFrequencyFactor;

        var stretched = where(isLong, frequencies / scaling.Factor, frequencies);
        var smooth = (context / wavelengths - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        var blended = (1 - smooth) * stretched / scaling.Factor + smooth * stretched;
        return where(isLong.logical_or(isShort), stretched, blended);
    }

    private static Tensor Still(Tensor frequencies, ProportionalRopeScaling scaling)
    {
        var pairs = frequencies.shape[0];
        return cat([frequencies.narrow(0, 0, scaling.TurningPairs), zeros(pairs - scaling.TurningPairs, dtype: frequencies.dtype)]) / scaling.Factor;
    }
}
