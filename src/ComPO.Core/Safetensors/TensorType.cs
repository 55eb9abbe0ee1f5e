namespace ComPO.Core.Safetensors;

/// <summary>The element types of a safetensors file that this library reads and writes.</summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1 (<c>BOOL</c>).</summary>
    Bool,

    /// <summary><c>U8</c>.</summary>
    UInt8,

    /// <summary><c>I8</c>.</summary>
    Int8,

    /// <summary><c>I16</c>.</summary>
    Int16,

    /// <summary><c>I32</c>.</summary>
    Int32,

    /// <summary><c>I64</c>.</summary>
    Int64,

    /// <summary>IEEE half precision (<c>F16</c>).</summary>
    Float16,

    /// <summary>The upper half of a float32 (<c>BF16</c>).</summary>
    BFloat16,

    /// <summary><c>F32</c>.</summary>
    Float32,

    /// <summary><c>F64</c>.</summary>
    Float64,
}

/// <summary>What the format says about each <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    private static readonly (TensorType Type, string Code, int SizeBytes)[] All =
    [
        (TensorType.Bool, "BOOL", 1), (TensorType.UInt8, "U8", 1), (TensorType.Int8, "I8", 1), (TensorType.Int16, "I16", 2),
        (TensorType.Int32, "I32", 4), (TensorType.Int64, "I64", 8), (TensorType.Float16, "F16", 2), (TensorType.BFloat16, "BF16", 2),
        (TensorType.Float32, "F32", 4), (TensorType.Float64, "F64", 8),
    ];

    /// <summary>The type's name in a file, <c>BF16</c> for one.</summary>
    public static string Code(this TensorType type) => All[(int)type].Code;

    /// <summary>Bytes of one element.</summary>
    public static int ElementSizeBytes(this TensorType type) => All[(int)type].SizeBytes;

    /// <summary>The type of that name, or null when this library does not read it.</summary>
    public static TensorType? FromCode(string code)
    {
        foreach (var known in All)
            if (known.Code == code)
                return known.Type;
        return null;
    }
}
