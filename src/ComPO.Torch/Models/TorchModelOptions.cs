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

    /// <summary>The threads, with the default filled in.</summary>
    internal int ThreadCount => Threads ?? Environment.ProcessorCount;
}
