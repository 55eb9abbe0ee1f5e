using ComPO.Torch.Heads;
using TorchSharp;

namespace ComPO.Torch.Models;

/// <summary>How a node computes with models.</summary>
public sealed record TorchModelOptions
{
    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N[,M…]</c>.</summary>
    public string Devices { get; init; } = "auto";

    /// <summary>Threads to compute on; null takes the processors there are.</summary>
    public int? Threads { get; init; }

    /// <summary>The type the body computes in; null takes the checkpoint's.</summary>
    public torch.ScalarType? Dtype { get; init; }

    /// <summary>
    /// The products of probes; null takes bfloat16 where the processor has it, and float32 for a head that its checkpoint stores in float32 or wider: its
    /// owner chose precision, and such models are small.
    /// </summary>
    public HeadPrecision? Precision { get; init; }

    /// <summary>The products of probes of a 16-bit head, with the default filled in.</summary>
    internal HeadPrecision NarrowHeadPrecision => Precision ?? HeadEngines.PrecisionOf(HasBFloat16);

    /// <summary>Whether what is probed on multiplies bfloat16 numbers: processors may not, CUDA devices all do.</summary>
    internal bool HasBFloat16 => CpuClass.HasBFloat16 || ComputeDevices.AreCuda(this);

    /// <summary>The threads, with the default filled in.</summary>
    internal int ThreadCount => Threads ?? Environment.ProcessorCount;
}
