using ComPO.Torch.Configuration;
using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>
/// Rotary position embedding (Su et al., 2021, arXiv 2104.09864) in the layout of Hugging Face checkpoints: coordinate i of a
/// head turns together with coordinate i + size/2.
/// </summary>
internal static class RotaryEmbedding
{
    /// <summary>
    /// Cosines and sines of positions 0 to <paramref name="length"/> − 1, each [length, headSize] of the given type. They are
    /// computed in float32, as models were trained with, but in float64 when that is the type asked for.
    /// </summary>
    public static (Tensor Cosines, Tensor Sines) Angles(ModelConfig config, long length, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var precision = dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var positions = arange(length, dtype: precision, device: device);
        var angles = outer(positions, InverseFrequencies(config, precision).to(device));
        var both = cat([angles, angles], dim: -1);
        return (both.cos().to(dtype).MoveToOuterDisposeScope(), both.sin().to(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns the heads in <paramref name="states"/>, [..., length, headSize].</summary>
    public static Tensor Rotate(Tensor states, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        var half = states.shape[^1] / 2;
        var turned = cat([states.narrow(-1, half, half).neg(), states.narrow(-1, 0, half)], dim: -1);
        return (states * cosines + turned * sines).MoveToOuterDisposeScope();
    }

    /// <summary>The turn per position of each pair of coordinates, [headSize / 2] of the given precision.</summary>
    internal static Tensor InverseFrequencies(ModelConfig config, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        var exponents = arange(0, config.HeadSize, 2, dtype: ScalarType.Int64).to(precision) / config.HeadSize;
        var frequencies = pow(tensor(config.RopeTheta, precision), exponents).reciprocal();
        return (config.RopeScaling is { } scaling ? Stretch(frequencies, scaling) : frequencies).MoveToOuterDisposeScope();
    }

    /// <summary>The rule of Llama 3.1.</summary>
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
}
