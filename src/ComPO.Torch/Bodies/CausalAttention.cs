using static TorchSharp.torch;

namespace ComPO.Torch.Bodies;

/// <summary>
/// Attention of every position to itself and those before it, or to the last few of them. Queries, keys and values are
/// [batch, heads, n, size], and so is the result.
/// </summary>
internal static class CausalAttention
{
    /// <summary>Queries that are computed at once where torch's own kernel does not serve: this bounds the scores held in memory.</summary>
    private const int QueriesAtOnce = 256;

    /// <param name="queries">The queries.</param>
    /// <param name="keys">The keys, of as many heads.</param>
    /// <param name="values">The values, of as many heads.</param>
    /// <param name="scale">What the scores are multiplied by; 1/√size when null.</param>
    /// <param name="softCap">c of c·tanh(score/c), or null.</param>
    /// <param name="window">How many positions a query sees, its own included; all before it when null.</param>
    public static Tensor Apply(Tensor queries, Tensor keys, Tensor values, double? scale, double? softCap, int? window)
    {
        var length = queries.shape[2];
        if (window >= length) window = null;
        return (scale, softCap, window) is (null, null, null)
            ? nn.functional.scaled_dot_product_attention(queries, keys, values, is_casual: true)
            : InPieces(queries, keys, values, scale, softCap, window ?? length);
    }

    private static Tensor InPieces(Tensor queries, Tensor keys, Tensor values, double? scale, double? softCap, long window)
    {
        using var scope = NewDisposeScope();
        var length = queries.shape[2];
        var pieces = new List<Tensor>();
        for (var start = 0L; start < length; start += QueriesAtOnce)
        {
            using var piece = NewDisposeScope();
            var end = Math.Min(start + QueriesAtOnce, length);
            // No query of the piece sees a key before this one.
            var first = Math.Max(0, start - window + 1);
            var (q, k, v) = (queries.narrow(2, start, end - start), keys.narrow(2, first, end - first), values.narrow(2, first, end - first));
            var visible = Visible(start, end, first, window, queries.device);
            pieces.Add((scale is null && softCap is null
                ? nn.functional.scaled_dot_product_attention(q, k, v, visible)
                : Explicit(q, k, v, scale ?? 1 / Math.Sqrt(queries.shape[3]), softCap, visible)).MoveToOuterDisposeScope());
        }
        return cat(pieces, dim: 2).MoveToOuterDisposeScope();
    }

    /// <summary>The textbook way: scores in the states' type, the softmax over them in float32 or better.</summary>
    private static Tensor Explicit(Tensor queries, Tensor keys, Tensor values, double scale, double? softCap, Tensor visible)
    {
        using var scope = NewDisposeScope();
        var scores = matmul(queries, keys.transpose(2, 3)).mul_(scale);
        if (softCap is { } cap) scores = Undivided.Apply(scores.contiguous().div_(cap), piece => piece.tanh_()).mul_(cap);
        scores = scores.masked_fill(visible.logical_not(), double.NegativeInfinity);
        var wide = scores.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return matmul(nn.functional.softmax(scores, -1, wide).to(values.dtype), values).MoveToOuterDisposeScope();
    }

    /// <summary>[queries, keys] bool: whether a query sees a key.</summary>
    private static Tensor Visible(long start, long end, long first, long window, Device device)
    {
        using var scope = NewDisposeScope();
        var back = arange(start, end, device: device).unsqueeze(1) - arange(first, end, device: device).unsqueeze(0);
        return (back >= 0).logical_and(back < window).MoveToOuterDisposeScope();
    }
}
