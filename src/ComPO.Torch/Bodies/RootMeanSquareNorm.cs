using ComPO.Torch.Configuration;
using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>
/// Root-mean-square norm (Zhang and Sennrich, 2019, arXiv 1910.07467) over the last dimension. Narrow types are widened to float32 for it;
/// where they are narrowed again, before or behind the weights, differs between families.
/// </summary>
internal static class RootMeanSquareNorm
{
    public static Tensor Apply(ModelConfig config, Tensor states, Tensor weight)
    {
        using var scope = NewDisposeScope();
        var wide = states.dtype == ScalarType.Float64 ? states : states.to(ScalarType.Float32);
        var normed = wide * (wide.pow(2).mean([-1], keepdim: true) + config.NormEpsilon).rsqrt();
        var weighted = config.Family.NormsAddOne
            ? (normed * (weight.to(wide.dtype) + 1)).to(states.dtype)
            : weight * normed.to(states.dtype);
        return weighted.MoveToOuterDisposeScope();
    }
}
