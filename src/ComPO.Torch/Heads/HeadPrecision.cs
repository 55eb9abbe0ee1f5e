namespace ComPO.Torch.Heads;

/// <summary>The number type of the matrix products of a probe. Everything else of a probe is float32 or wider.</summary>
public enum HeadPrecision
{
    /// <summary>float32 products.</summary>
    Float32,

    /// <summary>
    /// bfloat16 factors and results, float32 sums inside a product. The noise is exact in bfloat16; the coordinates and the changes of
    /// logits are rounded to 8 significant bits, which turns an outcome only near a tie.
    /// </summary>
    BFloat16,
}
