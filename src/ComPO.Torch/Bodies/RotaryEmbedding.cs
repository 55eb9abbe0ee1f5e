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
    /// computed in float32, as models were trained with, but in float64 when that is the type asked for. Frequencies that follow the
    /// length are those of a sequence of <paramref name="padded"/> tokens.
    /// </summary>
    public static (Tensor Cosines, Tensor Sines) Angles(ModelConfig config, long length, long padded, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var precision = dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var positions = arange(length, dtype: precision, device: device);
        var (frequencies, factor) = RotaryFrequencies.Of(config, padded, precision);
        var angles = outer(positions, frequencies.to(device));
        var both = cat([angles, angles], dim: -1);
        return ((both.cos() * factor).to(dtype).MoveToOuterDisposeScope(), (both.sin() * factor).to(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns the heads in <paramref name="states"/>, [..., length, headSize].</summary>
    public static Tensor Rotate(Tensor states, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        var half = states.shape[^1] / 2;
        var turned = cat([states.narrow(-1, half, half).neg(), states.narrow(-1, 0, half)], dim: -1);
        return (states * cosines + turned * sines).MoveToOuterDisposeScope();
    }
}
