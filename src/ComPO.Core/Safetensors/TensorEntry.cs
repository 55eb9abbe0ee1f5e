namespace ComPO.Core.Safetensors;

/// <summary>One tensor of a safetensors file: what its header says, already checked.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its dimensions; empty for a scalar. Elements lie in row-major order.</param>
/// <param name="Offset">Where its first byte lies, counted from the end of the header.</param>
public sealed record TensorEntry(string Name, TensorType Type, long[] Shape, long Offset)
{
    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    public long ElementCount
    {
        get
        {
            var count = 1L;
            foreach (var dimension in Shape) count = checked(count * dimension);
            return count;
        }
    }

    /// <summary>The number of bytes it occupies.</summary>
    public long SizeBytes => checked(ElementCount * Type.ElementSizeBytes());

    /// <summary>Where the byte after its last one lies, counted from the end of the header.</summary>
    public long End => Offset + SizeBytes;

    /// <summary>For a message: <c>name BF16 [512, 64]</c>.</summary>
    public override string ToString() => $"{Name} {Type.Code()} [{string.Join(", ", Shape)}]";
}
