using System.Runtime.InteropServices;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Checkpoints;

/// <summary>A float32 head in the element types of checkpoints, in pieces, so that no second copy of it is made.</summary>
internal static class HeadEncoder
{
    private const int ChunkElements = 1 << 18;

    /// <summary>Writes all values, rounded to nearest where the type is narrower.</summary>
    public static void Write(Stream stream, ReadOnlySpan<float> values, TensorType type)
    {
        var buffer = new byte[Math.Min(values.Length, ChunkElements) * type.ElementSizeBytes()];
        for (var start = 0; start < values.Length; start += ChunkElements)
        {
            var chunk = values.Slice(start, Math.Min(ChunkElements, values.Length - start));
            var bytes = buffer.AsSpan(0, chunk.Length * type.ElementSizeBytes());
            Encode(chunk, type, bytes);
            stream.Write(bytes);
        }
    }

    /// <summary>Of the values that differ from a stored base, the share that still differs when cast to the base's type; 1 when none differs.</summary>
    public static double SurvivingShare(ReadOnlySpan<float> values, Stream baseValues, TensorType baseType)
    {
        long changed = 0, surviving = 0;
        var (before, cast) = (new float[ChunkElements], new float[ChunkElements]);
        var bytes = new byte[ChunkElements * baseType.ElementSizeBytes()];
        for (var start = 0; start < values.Length; start += ChunkElements)
        {
            var now = values.Slice(start, Math.Min(ChunkElements, values.Length - start));
            var stored = bytes.AsSpan(0, now.Length * baseType.ElementSizeBytes());
            baseValues.ReadExactly(stored);
            Float32Decoder.Decode(stored, baseType, before.AsSpan(0, now.Length));
            Encode(now, baseType, stored);
            Float32Decoder.Decode(stored, baseType, cast.AsSpan(0, now.Length));
            for (var i = 0; i < now.Length; i++)
            {
                if (now[i] == before[i]) continue;
                changed++;
                if (cast[i] != before[i]) surviving++;
            }
        }
        return changed == 0 ? 1 : (double)surviving / changed;
    }

    private static void Encode(ReadOnlySpan<float> values, TensorType type, Span<byte> bytes)
    {
        switch (type)
        {
            case TensorType.Float32:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case TensorType.BFloat16:
                var upperHalves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < values.Length; i++) upperHalves[i] = ToBFloat16(values[i]);
                break;
            case TensorType.Float16:
                var halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (var i = 0; i < values.Length; i++) halves[i] = (Half)values[i];
                break;
            case TensorType.Float64:
                var doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (var i = 0; i < values.Length; i++) doubles[i] = values[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }

    /// <summary>Round to nearest, ties to even.</summary>
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
