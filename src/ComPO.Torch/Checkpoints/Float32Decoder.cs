using System.Runtime.InteropServices;
using ComPO.Core.Safetensors;

namespace ComPO.Torch.Checkpoints;

/// <summary>Stored floating-point numbers as float32.</summary>
internal static class Float32Decoder
{
    private const int ChunkElements = 1 << 18;

    /// <summary>Reads that many elements from the stream's position on.</summary>
    public static float[] Read(Stream stream, TensorType type, int count)
    {
        var values = GC.AllocateUninitializedArray<float>(count);
        var buffer = new byte[Math.Min(count, ChunkElements) * type.ElementSizeBytes()];
        for (var done = 0; done < count;)
        {
            var chunk = Math.Min(count - done, ChunkElements);
            var bytes = buffer.AsSpan(0, chunk * type.ElementSizeBytes());
            stream.ReadExactly(bytes);
            Decode(bytes, type, values.AsSpan(done, chunk));
            done += chunk;
        }
        return values;
    }

    /// <summary>Turns bytes into as many values as there is room for.</summary>
    public static void Decode(ReadOnlySpan<byte> bytes, TensorType type, Span<float> values)
    {
        switch (type)
        {
            case TensorType.Float32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
                break;
            case TensorType.BFloat16:
                var upperHalves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < values.Length; i++) values[i] = BitConverter.Int32BitsToSingle(upperHalves[i] << 16);
                break;
            case TensorType.Float16:
                var halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (var i = 0; i < values.Length; i++) values[i] = (float)halves[i];
                break;
            case TensorType.Float64:
                var doubles = MemoryMarshal.Cast<byte, double>(bytes);
                for (var i = 0; i < values.Length; i++) values[i] = (float)doubles[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a floating-point type.");
        }
    }
}
