using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>
/// Elementwise functions whose results do not depend on the number of threads. torch divides a large elementwise operation among
/// threads at places that are not multiples of the vector width, and computes what is left over at the end of each part with
/// a scalar routine, whose exponential may differ in the last bit. An operation below its grain size it does not divide.
/// </summary>
internal static class Undivided
{
    /// <summary>at::internal::GRAIN_SIZE.</summary>
    private const long GrainElements = 32768;

    /// <summary>Applies an in-place elementwise function to a contiguous tensor and returns it.</summary>
    public static Tensor Apply(Tensor tensor, Action<Tensor> inPlace)
    {
        using var scope = NewDisposeScope();
        var flat = tensor.view(-1);
        for (var start = 0L; start < flat.shape[0]; start += GrainElements)
            inPlace(flat.narrow(0, start, Math.Min(GrainElements, flat.shape[0] - start)));
        return tensor;
    }
}
