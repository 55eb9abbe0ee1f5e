using System.Buffers.Binary;

namespace ComPO.Core.Updates;

/// <summary>Bits into bytes, the lowest first; the rest of the last byte is 0.</summary>
/// <param name="bytes">Where they go, from the beginning: as many bytes as they take.</param>
internal ref struct BitWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;
    private int _at;
    private ulong _pending;
    private int _count;

    /// <summary>Writes the low bits of a word, at most 32 of them.</summary>
    public void Write(uint bits, int count)
    {
        _pending |= (ulong)bits << _count;
        _count += count;
        if (_count < 32)
            return;
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes[_at..], (uint)_pending);
        _at += sizeof(uint);
        _pending >>= 32;
        _count -= 32;
    }

    /// <summary>Writes a number by Rice's code: its high part as so many ones and a zero, then its low part as it is.</summary>
    public void WriteRice(uint number, int lowBits)
    {
        var ones = number >> lowBits;
        for (; ones >= 31; ones -= 31)
            Write(int.MaxValue, 31);
        Write((1u << (int)ones) - 1, (int)ones + 1);
        Write(number & ((1u << lowBits) - 1), lowBits);
    }

    /// <summary>Writes what is left of the last word.</summary>
    public void Finish()
    {
        for (; _count > 0; _count -= 8, _pending >>= 8)
            _bytes[_at++] = (byte)_pending;
    }
}
