using System.Buffers.Binary;
using System.Numerics;
using ComPO.Core.Errors;
using ComPO.Core.Heads;

namespace ComPO.Core.Updates;

/// <summary>
/// A sparse update as bytes. The count (int32); unless that is 0 the greatest exponent of the values and the two low-bit counts of Rice's code, a byte each;
/// then, bit by bit, each entry: the gap to the index before and how far the value's exponent lies below the greatest, both in Rice's code, and sign and mantissa
/// as they are. Gaps are close to geometric, for which the code is the best one, and what survives a threshold has few exponents: an entry of the usual density
/// takes 4.2 bytes, and nothing is lost. An update has one encoding only, so that its digest names it.
/// </summary>
internal static class SparseUpdateCodec
{
    private const int MantissaBits = 23;
    private const int LargestExponent = 255;
    private const int HeaderBytes = sizeof(int) + 3;

    // Sign and mantissa, and at least one bit each for gap and exponent.
    private const int FewestBits = MantissaBits + 3;

    public static byte[] Encode(SparseUpdate update)
    {
        if (update.Count == 0)
            return new byte[sizeof(int)];
        var code = Code.For(update);
        var bytes = new byte[HeaderBytes + (code.Bits(update) + 7) / 8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, update.Count);
        code.Write(bytes.AsSpan(sizeof(int)));
        var writer = new BitWriter(bytes.AsSpan(HeaderBytes));
        var previous = -1;
        for (var i = 0; i < update.Count; i++)
        {
            writer.WriteRice((uint)(update.Indices[i] - previous - 1), code.GapBits);
            previous = update.Indices[i];
            var value = BitConverter.SingleToUInt32Bits(update.Values[i]);
            writer.WriteRice((uint)(code.TopExponent - ExponentOf(value)), code.DropBits);
            writer.Write(WithoutExponent(value), MantissaBits + 1);
        }
        writer.Finish();
        return bytes;
    }

    public static SparseUpdate Decode(HeadShape shape, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(int))
            throw Damaged("it is shorter than its count");
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (count == 0 && bytes.Length == sizeof(int))
            return new SparseUpdate(shape, [], []);
        // The count is bounded by what is there before anything is allocated.
        if (count <= 0 || bytes.Length < HeaderBytes || count > (bytes.Length - HeaderBytes) * 8L / FewestBits)
            throw Damaged($"{bytes.Length} bytes cannot hold {count} entries");
        if (Code.Read(bytes[sizeof(int)..]) is not { } code)
            throw Damaged("its code is none that there is");
        var (indices, values) = (new int[count], new float[count]);
        var reader = new BitReader(bytes[HeaderBytes..]);
        var previous = -1L;
        for (var i = 0; i < count; i++)
        {
            previous += 1L + reader.ReadRice(code.GapBits);
            var exponent = code.TopExponent - (long)reader.ReadRice(code.DropBits);
            var rest = reader.Read(MantissaBits + 1);
            if (reader.IsBeyondEnd || exponent < 0)
                throw Damaged($"entry {i} is not whole");
            if (previous >= shape.EntryCount || previous > int.MaxValue)
                throw Damaged($"entry {i} lies outside a head of {shape}");
            indices[i] = (int)previous;
            values[i] = BitConverter.UInt32BitsToSingle(WithExponent(rest, (uint)exponent));
        }
        var update = new SparseUpdate(shape, indices, values);
        if (!reader.IsAtEnd || code != Code.For(update))
            throw Damaged("it is not coded as updates are");
        return update;
    }

    private static int ExponentOf(uint value) => (int)(value >> MantissaBits) & LargestExponent;

    // The sign moves down to the mantissa.
    private static uint WithoutExponent(uint value) => value & ((1u << MantissaBits) - 1) | value >> 31 << MantissaBits;

    private static uint WithExponent(uint rest, uint exponent) => rest & ((1u << MantissaBits) - 1) | rest >> MantissaBits << 31 | exponent << MantissaBits;

    private static DigestMismatchException Damaged(string why) => new($"An update arrived damaged: {why}.");

    /// <summary>How an update is coded: what takes the fewest bits, and among equals the fewest low bits.</summary>
    private readonly record struct Code(int TopExponent, int GapBits, int DropBits)
    {
        public static Code For(SparseUpdate update)
        {
            var top = 0;
            foreach (var value in update.Values)
                top = Math.Max(top, ExponentOf(BitConverter.SingleToUInt32Bits(value)));
            var drops = 0L;
            foreach (var value in update.Values)
                drops += top - ExponentOf(BitConverter.SingleToUInt32Bits(value));
            var gaps = update.Indices[^1] + 1L - update.Count;
            return new Code(
                top,
                Best(update.Count, gaps, lowBits => GapUnary(update, lowBits)),
                Best(update.Count, drops, lowBits => DropUnary(update, top, lowBits)));
        }

        public static Code? Read(ReadOnlySpan<byte> bytes) => bytes[1] < 32 && bytes[2] < 32 ? new Code(bytes[0], bytes[1], bytes[2]) : null;

        public void Write(Span<byte> bytes) => (bytes[0], bytes[1], bytes[2]) = ((byte)TopExponent, (byte)GapBits, (byte)DropBits);

        public long Bits(SparseUpdate update) =>
            (long)update.Count * (FewestBits + GapBits + DropBits) + GapUnary(update, GapBits) + DropUnary(update, TopExponent, DropBits);

        // Beyond twice the mean another low bit costs each entry more than it can spare it.
        private static int Best(int count, long sum, Func<int, long> unary)
        {
            var most = BitOperations.Log2((ulong)(sum / count) + 1) + 2;
            return Enumerable.Range(0, Math.Min(most, 31)).MinBy(lowBits => (long)count * lowBits + unary(lowBits));
        }

        private static long GapUnary(SparseUpdate update, int lowBits)
        {
            var (sum, previous) = (0L, -1);
            foreach (var index in update.Indices)
            {
                sum += (index - previous - 1) >> lowBits;
                previous = index;
            }
            return sum;
        }

        private static long DropUnary(SparseUpdate update, int top, int lowBits)
        {
            var sum = 0L;
            foreach (var value in update.Values)
                sum += (top - ExponentOf(BitConverter.SingleToUInt32Bits(value))) >> lowBits;
            return sum;
        }
    }
}
