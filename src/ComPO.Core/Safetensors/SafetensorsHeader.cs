using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace ComPO.Core.Safetensors;

/// <summary>
/// The table of contents of a safetensors file: eight bytes with the length n of the header, little-endian,
/// n bytes of JSON, then the tensors' bytes without a gap. Accepts and refuses what the reference
/// implementation (huggingface/safetensors, <c>tensor.rs</c>) accepts and refuses, and refuses a name given twice as well.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>A longer header is refused unread.</summary>
    public const int LargestHeaderBytes = 100_000_000;

    /// <summary>The bytes before the JSON text.</summary>
    internal const int LengthBytes = 8;

    private readonly Dictionary<string, TensorEntry> _byName;

    internal SafetensorsHeader(IReadOnlyDictionary<string, string> metadata, TensorEntry[] tensors, long dataOffset)
    {
        Metadata = metadata;
        Tensors = tensors;
        DataOffset = dataOffset;
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The free texts under <c>__metadata__</c>; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors in the order in which their bytes lie.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Where the tensors' bytes begin, counted from the start of the file.</summary>
    public long DataOffset { get; }

    /// <summary>Finds a tensor by its name.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out TensorEntry tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Reads the header of a file that is in memory whole.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a safetensors file; the message is a clause that says why.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> file)
    {
        var length = CheckLength(file.Length < LengthBytes ? default : file[..LengthBytes], file.Length);
        return SafetensorsHeaderReader.Read(file.Slice(LengthBytes, length), file.Length);
    }

    /// <summary>Reads the header at the start of a seekable stream that holds one file; leaves the stream at the tensors' first byte.</summary>
    /// <exception cref="InvalidDataException">The stream is not a safetensors file; the message is a clause that says why.</exception>
    public static SafetensorsHeader Read(Stream stream)
    {
        stream.Position = 0;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        var length = CheckLength(prefix[..stream.ReadAtLeast(prefix, LengthBytes, throwOnEndOfStream: false)], stream.Length);
        var header = new byte[length];
        stream.ReadExactly(header);
        return SafetensorsHeaderReader.Read(header, stream.Length);
    }

    private static int CheckLength(ReadOnlySpan<byte> prefix, long fileBytes)
    {
        if (prefix.Length < LengthBytes)
            throw new InvalidDataException($"it has {fileBytes} bytes, fewer than the {LengthBytes} that give a header's length");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LargestHeaderBytes)
            throw new InvalidDataException($"its header is said to have {length} bytes, more than the {LargestHeaderBytes} allowed");
        if ((long)length > fileBytes - LengthBytes)
            throw new InvalidDataException($"its header is said to have {length} bytes, but only {fileBytes - LengthBytes} follow");
        return (int)length;
    }
}
