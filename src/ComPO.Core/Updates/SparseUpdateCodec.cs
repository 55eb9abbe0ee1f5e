using System.Buffers.Binary;
using ComPO.Core.Errors;
using ComPO.Core.Heads;

namespace ComPO.Core.Updates;

/// <summary>
/// A sparse update as bytes: the count (int32), the gaps between indices as variable-length integers of
/// seven bits a byte, low bits first, then the float32 values. At the usual density a gap is one byte, an entry five.
/// </summary>
internal static class SparseUpdateCodec
{
    public static byte[] Encode(SparseUpdate update)
    {
        var bytes = new List<byte>(sizeof(int) + 5 * update.Count);
        Span<byte> word = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(word, update.Count);
        bytes.AddRange(word);
        var previous = -1;
        foreach (var index in update.Indices)
        {
            var gap = (uint)(index - previous - 1);
            for (; gap >= 0x80; gap >>= 7)
                bytes.Add((byte)(gap | 0x80));
            bytes.Add((byte)gap);
            previous = index;
        }
        foreach (var value in update.Values)
        {
            BinaryPrimitives.WriteSingleLittleEndian(word, value);
            bytes.AddRange(word);
        }
        return [.. bytes];
    }

    public static SparseUpdate Decode(HeadShape shape, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(int))
            throw Damaged("it is shorter than its count");
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        // An entry takes five bytes at least, so the count is bounded by what is there before anything is allocated.
        if (count < 0 || count > (bytes.Length - sizeof(int)) / 5)
            throw Damaged($"{bytes.Length} bytes cannot hold {count} entries");
        var at = sizeof(int);
        var indices = new int[count];
        var previous = -1L;
        for (var i = 0; i < count; i++)
        {
            previous += 1 + ReadGap(bytes, ref at);
            if (previous >= shape.EntryCount || previous > int.MaxValue)
                throw Damaged($"entry {i} lies outside a head of {shape}");
            indices[i] = (int)previous;
        }
        if (bytes.Length - at != count * (long)sizeof(float))
            throw Damaged($"its {count} values are not where they should be");
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(at + sizeof(float) * i)..]);
        return new SparseUpdate(shape, indices, values);
    }

    private static long ReadGap(ReadOnlySpan<byte> bytes, ref int at)
    {
        var gap = 0L;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (at >= bytes.Length)
                throw Damaged("it ends inside an index");
            var part = bytes[at++];
            gap |= (long)(part & 0x7F) << shift;
            if (part < 0x80)
                return gap;
        }
        throw Damaged("an index is longer than five bytes");
    }

    private static DigestMismatchException Damaged(string why) => new($"An update arrived damaged: {why}.");
}
