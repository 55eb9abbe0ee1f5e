using System.Text;
using CsCheck;

namespace ComPO.Torch.Tests.Fuzzing;

/// <summary>Damages files. A case is known by its number: the same number gives the same bytes on every machine.</summary>
internal static class Mutations
{
    /// <summary>Bytes that mean something to one of the formats, or that sizes are likely to be computed from.</summary>
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0000", "\\ud800", "null", "true", "false", "{}", "[]", "\"\"", "-1", "0", "1", "1e999", "-0.5", "1e-400", "4294967296",
            "2147483647", "9223372036854775807", "18446744073709551615", "999999999999999999999999", "\n", "\r\n", " ", "\u2581", "(", ")*", "+", "(?:", "[^", "{{", "{%", "-%}", "<0x00>",
            "\U0001F600", "\u0301", "a", "F64", "BF16", "\"type\":", "Sequence", "__metadata__",
        }.Select(Encoding.UTF8.GetBytes),
        Encoding.UTF8.GetBytes(new string('[', 200)), Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100))), Encoding.UTF8.GetBytes(new string('{', 100)),
        [0xFF], [0x00], [0x7F], [0x80], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF], [0x1F, 0x8B],
        BitConverter.GetBytes(int.MaxValue), BitConverter.GetBytes(long.MaxValue), BitConverter.GetBytes(-1L), BitConverter.GetBytes(1L << 40), [0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
    ];

    private enum Kind
    {
        FlipBit,
        SetByte,
        Remove,
        Repeat,
        Insert,
        Overwrite,
        Truncate,
        SwapParts,
    }

    private static readonly Gen<(Kind Kind, double Place, double Length, uint Value)[]> Steps =
        Gen.Select(Gen.Enum<Kind>(), Gen.Double[0, 1], Gen.Double[0, 1], Gen.UInt).Array[1, 6];

    /// <summary>The bytes of one case.</summary>
    /// <param name="seeds">The files that are damaged; a case takes one of them.</param>
    /// <param name="number">The case.</param>
    public static byte[] Case(IReadOnlyList<byte[]> seeds, ulong number)
    {
        var random = new PCG(1, number);
        var bytes = seeds[(int)random.Next((uint)seeds.Count)].ToList();
        foreach (var (kind, place, share, value) in Steps.Generate(random, null, out _))
        {
            var at = (int)(place * bytes.Count);
            // Mostly short ranges: long ones leave little of a file.
            var length = (int)Math.Min(bytes.Count - at, 1 + share * share * share * bytes.Count);
            if (bytes.Count > 0 && at < bytes.Count) Apply(kind, bytes, at, length, value);
        }
        return [.. bytes];
    }

    private static void Apply(Kind kind, List<byte> bytes, int at, int length, uint value)
    {
        var word = Words[value % (uint)Words.Length];
        switch (kind)
        {
            case Kind.FlipBit: bytes[at] ^= (byte)(1 << (int)(value % 8)); break;
            case Kind.SetByte: bytes[at] = (byte)value; break;
            case Kind.Remove: bytes.RemoveRange(at, length); break;
            case Kind.Repeat: bytes.InsertRange(at, [.. bytes.Skip(at).Take(length)]); break;
            case Kind.Insert: bytes.InsertRange(at, word); break;
            case Kind.Overwrite:
                bytes.RemoveRange(at, Math.Min(word.Length, bytes.Count - at));
                bytes.InsertRange(at, word);
                break;
            case Kind.Truncate: bytes.RemoveRange(at, bytes.Count - at); break;
            case Kind.SwapParts:
                var part = bytes.GetRange(at, length);
                bytes.RemoveRange(at, length);
                bytes.InsertRange((int)(value % (uint)(bytes.Count + 1)), part);
                break;
        }
    }
}
