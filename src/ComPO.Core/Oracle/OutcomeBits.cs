using System.Numerics;

namespace ComPO.Core.Oracle;

/// <summary>Outcomes of consecutive perturbations, one bit each (1 = improved), least significant bit first.</summary>
public sealed class OutcomeBits : IEquatable<OutcomeBits>
{
    private readonly byte[] _bytes;

    /// <summary>Outcomes of <paramref name="count"/> perturbations, none improved yet.</summary>
    public OutcomeBits(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Count = count;
        _bytes = new byte[(count + 7) / 8];
    }

    /// <summary>How many perturbations these are the outcomes of.</summary>
    public int Count { get; }

    /// <summary>Whether perturbation <paramref name="index"/> of these improved.</summary>
    public bool this[int index]
    {
        get => (_bytes[Checked(index) >> 3] >> (index & 7) & 1) != 0;
        set
        {
            var mask = (byte)(1 << (index & 7));
            if (value)
                _bytes[Checked(index) >> 3] |= mask;
            else
                _bytes[Checked(index) >> 3] &= (byte)~mask;
        }
    }

    /// <summary>How many improved.</summary>
    public int CountImproved()
    {
        var improved = 0;
        foreach (var value in _bytes)
            improved += BitOperations.PopCount(value);
        return improved;
    }

    /// <summary>Writes a block's outcomes at the place of its first perturbation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The block reaches beyond these outcomes.</exception>
    public void Write(int first, OutcomeBits block)
    {
        if (first < 0 || first > Count - block.Count)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"A block of {block.Count} does not fit {Count} outcomes there.");
        for (var i = 0; i < block.Count; i++)
            this[first + i] = block[i];
    }

    /// <summary>A copy of some consecutive outcomes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all among these.</exception>
    public OutcomeBits Slice(int first, int count)
    {
        if (first < 0 || count < 0 || first > Count - count)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"{count} outcomes from {first} on are not among {Count}.");
        var slice = new OutcomeBits(count);
        for (var i = 0; i < count; i++)
            slice[i] = this[first + i];
        return slice;
    }

    /// <summary>⌈count/8⌉ bytes; the unused bits of the last are zero.</summary>
    public byte[] ToBytes() => (byte[])_bytes.Clone();

    /// <summary>The bytes in base64, as the run log holds them.</summary>
    public string ToBase64() => Convert.ToBase64String(_bytes);

    /// <summary>Reads what <see cref="ToBytes"/> gave.</summary>
    /// <exception cref="FormatException">The length is not ⌈count/8⌉, or a bit beyond the count is set.</exception>
    public static OutcomeBits FromBytes(ReadOnlySpan<byte> bytes, int count)
    {
        var outcomes = new OutcomeBits(count);
        if (bytes.Length != outcomes._bytes.Length)
            throw new FormatException($"{count} outcomes are {outcomes._bytes.Length} bytes, not {bytes.Length}.");
        if ((count & 7) != 0 && bytes[^1] >> (count & 7) != 0)
            throw new FormatException($"A bit beyond the last of {count} outcomes is set.");
        bytes.CopyTo(outcomes._bytes);
        return outcomes;
    }

    /// <summary>Reads what <see cref="ToBase64"/> gave.</summary>
    /// <exception cref="FormatException">Not base64, or not that many outcomes.</exception>
    public static OutcomeBits FromBase64(string text, int count) => FromBytes(Convert.FromBase64String(text), count);

    /// <inheritdoc/>
    public bool Equals(OutcomeBits? other) => other is not null && Count == other.Count && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OutcomeBits);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    private int Checked(int index) => (uint)index < (uint)Count
        ? index
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} outcomes.");
}
