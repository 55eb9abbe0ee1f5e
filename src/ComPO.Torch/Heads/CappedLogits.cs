namespace ComPO.Torch.Heads;

/// <summary>Soft-capped logits of one row in float64: c·tanh(x/c), or x when there is no cap.</summary>
internal static class CappedLogits
{
    /// <summary>Fills <paramref name="capped"/>, and <paramref name="tanh"/> with tanh(x/cap) unless it is empty.</summary>
    public static void Fill(ReadOnlySpan<float> logits, double? cap, Span<double> capped, Span<float> tanh)
    {
        for (var v = 0; v < logits.Length; v++)
            capped[v] = logits[v];
        Apply(cap, capped, tanh);
    }

    /// <summary>Caps logits in place.</summary>
    public static void Apply(double? cap, Span<double> logits, Span<float> tanh = default)
    {
        if (cap is not { } c)
            return;
        for (var v = 0; v < logits.Length; v++)
        {
            var t = Math.Tanh(logits[v] / c);
            logits[v] = c * t;
            if (!tanh.IsEmpty)
                tanh[v] = (float)t;
        }
    }
}
