using System.Buffers.Binary;
using System.Numerics;

namespace ComPO.Core.Updates;

/// <summary>Reads what <see cref="BitWriter"/> wrote, and whatever else it is given, never beyond its end.</summary>
/// <param name="bytes">The bytes, from the first bit on.</param>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private ulong _pending;
    private int _count;

    /// <summary>Whether more was asked for than there is.</summary>
    public bool IsBeyondEnd { get; private set; }

    /// <summary>Whether nothing is left but the zeros that fill the last byte.</summary>
    public readonly bool IsAtEnd => !IsBeyondEnd && _at == _bytes.Length && _count < 8 && _pending == 0;

    /// <summary>Reads so many bits, at most 32.</summary>
    public uint Read(int count)
    {
        Fill();
        if (count > _count)
        {
            IsBeyondEnd = true;
            return 0;
        }
        var bits = (uint)(_pending & ((1ul << count) - 1));
        Skip(count);
        return bits;
    }

    /// <summary>Reads a number in Rice's code; one that would not fit 32 bits counts as beyond the end.</summary>
    public uint ReadRice(int lowBits)
    {
        var high = 0L;
        while (true)
        {
            Fill();
            var ones = Math.Min(BitOperations.TrailingZeroCount(~_pending), _count);
            high += ones;
            var isWhole = ones < _count;
            Skip(isWhole ? ones + 1 : ones);
            if (isWhole)
                break;
            if (_at == _bytes.Length)
            {
                IsBeyondEnd = true;
                return 0;
            }
        }
        if (high > uint.MaxValue >> lowBits)
        {
            IsBeyondEnd = true;
            return 0;
        }
        return (uint)high << lowBits | Read(lowBits);
    }

    private void Skip(int count)
    {
        // A shift by 64 would be none.
        _pending = count == 64 ? 0 : _pending >> count;
        _count -= count;
    }

    private void Fill()
    {
        if (_count > 32)
            return;
        if (_bytes.Length - _at >= sizeof(uint))
        {
            _pending |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(_bytes[_at..]) << _count;
            _at += sizeof(uint);
            _count += 32;
            return;
        }
        for (; _at < _bytes.Length && _count <= 56; _count += 8)
            _pending |= (ulong)_bytes[_at++] << _count;
    }
}
