using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ComPO.Core.Safetensors;

/// <summary>A tensor to be written: its name, type, shape, and what writes its bytes, little-endian and row-major.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its dimensions; empty for a scalar.</param>
/// <param name="WriteData">Writes exactly as many bytes as type and shape say.</param>
public sealed record TensorContent(string Name, TensorType Type, long[] Shape, Action<Stream> WriteData)
{
    /// <summary>A tensor whose bytes are in memory.</summary>
    public TensorContent(string name, TensorType type, long[] shape, ReadOnlyMemory<byte> data)
        : this(name, type, shape, stream => stream.Write(data.Span))
    {
    }
}

/// <summary>Writes safetensors files as the reference implementation lays them out: wide element types first, then by name; the data aligned to 8 bytes.</summary>
public static class SafetensorsWriter
{
    /// <summary>What readers that look for a framework's name expect under <c>__metadata__</c>.</summary>
    public static IReadOnlyDictionary<string, string> TorchMetadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes one whole file from the stream's position on.</summary>
    /// <exception cref="ArgumentException">Two tensors have one name, or the header would be longer than a reader accepts.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote more or fewer bytes than its type and shape say.</exception>
    public static void Write(Stream stream, IEnumerable<TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(tensor => tensor.Type.ElementSizeBytes()).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToArray();
        var entries = new TensorEntry[ordered.Length];
        var offset = 0L;
        for (var i = 0; i < ordered.Length; i++)
        {
            entries[i] = new TensorEntry(ordered[i].Name, ordered[i].Type, ordered[i].Shape, offset);
            offset = entries[i].End;
        }

        WriteHeader(stream, entries, metadata);
        var counted = new CountingStream(stream);
        for (var i = 0; i < ordered.Length; i++)
        {
            ordered[i].WriteData(counted);
            if (counted.WrittenBytes != entries[i].End)
                throw new InvalidOperationException(
                    $"Tensor {entries[i]} wrote {counted.WrittenBytes - entries[i].Offset} bytes instead of {entries[i].SizeBytes}.");
        }
    }

    private static void WriteHeader(Stream stream, TensorEntry[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var json = new MemoryStream();
        json.Write(stackalloc byte[SafetensorsHeader.LengthBytes]);
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteEntries(writer, tensors, metadata);
        while (json.Length % 8 != 0) json.WriteByte((byte)' ');

        var length = json.Length - SafetensorsHeader.LengthBytes;
        if (length > SafetensorsHeader.LargestHeaderBytes)
            throw new ArgumentException($"The header of {tensors.Length} tensors would have {length} bytes; {SafetensorsHeader.LargestHeaderBytes} are allowed.");
        var bytes = json.GetBuffer().AsSpan(0, (int)json.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)length);
        stream.Write(bytes);
    }

    private static void WriteEntries(Utf8JsonWriter writer, TensorEntry[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        writer.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            writer.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata) writer.WriteString(key, value);
            writer.WriteEndObject();
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors are named {tensor.Name}.", nameof(tensors));
            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.Type.Code());
            writer.WriteStartArray("shape");
            foreach (var dimension in tensor.Shape) writer.WriteNumberValue(dimension);
            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(tensor.Offset);
            writer.WriteNumberValue(tensor.End);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }
}
