using System.Text;
using ComPO.Core.Digests;
using ComPO.Torch.Checkpoints;
using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>The digest of tensors: their names, types, shapes and bits.</summary>
internal static class TensorDigest
{
    // A span has fewer than 2³¹ bytes; tensors may have more.
    private const int ElementsAtOnce = 1 << 24;

    /// <summary>Adds a matrix that stays in its file, as it is stored. Reads it once.</summary>
    public static void Add(DigestBuilder digest, string name, StoredMatrix matrix)
    {
        AddHeader(digest, name, matrix.Dtype, [matrix.RowCount, matrix.Columns]);
        foreach (var piece in matrix.Pieces()) digest.Add((ReadOnlySpan<byte>)piece.bytes);
    }

    /// <summary>Adds a tensor.</summary>
    public static void Add(DigestBuilder digest, string name, Tensor tensor)
    {
        AddHeader(digest, name, tensor.dtype, tensor.shape);
        using var scope = NewDisposeScope();
        var elements = tensor.contiguous().view(-1);
        for (var start = 0L; start < elements.shape[0]; start += ElementsAtOnce)
        {
            using var _ = NewDisposeScope();
            digest.Add((ReadOnlySpan<byte>)elements.narrow(0, start, Math.Min(ElementsAtOnce, elements.shape[0] - start)).cpu().bytes);
        }
    }

    private static void AddHeader(DigestBuilder digest, string name, ScalarType type, long[] shape) =>
        digest.Add(Encoding.UTF8.GetBytes($"{name} {type} [{string.Join(',', shape)}]\n"));
}
