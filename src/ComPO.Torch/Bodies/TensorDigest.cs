using System.Text;
using ComPO.Core.Digests;
using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>The digest of tensors: their names, types, shapes and bits.</summary>
internal static class TensorDigest
{
    // A span has fewer than 2³¹ bytes; tensors may have more.
    private const int ElementsAtOnce = 1 << 24;

    /// <summary>Adds a tensor.</summary>
    public static void Add(DigestBuilder digest, string name, Tensor tensor)
    {
        digest.Add(Encoding.UTF8.GetBytes($"{name} {tensor.dtype} [{string.Join(',', tensor.shape)}]\n"));
        using var scope = NewDisposeScope();
        var elements = tensor.contiguous().view(-1);
        for (var start = 0L; start < elements.shape[0]; start += ElementsAtOnce)
        {
            using var _ = NewDisposeScope();
            digest.Add((ReadOnlySpan<byte>)elements.narrow(0, start, Math.Min(ElementsAtOnce, elements.shape[0] - start)).cpu().bytes);
        }
    }
}
