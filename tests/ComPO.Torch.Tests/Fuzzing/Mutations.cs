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
        ReplaceValue,
        ReplaceWithValue,
    }

    /// <summary>Values that leave JSON what it is.</summary>
    private static readonly byte[][] Values = [.. new[]
    {
        "null", "true", "false", "{}", "[]", "\"\"", "-1", "0", "1", "2", "3", "7", "1e308", "1e999", "0.5", "-0.5", "1e-400", "4294967296", "2147483647", "9223372036854775807", "18446744073709551615", "16777215",
        "\"a\"", "\"\\ud800\"", "\"\\u0000\"", "\"..\"", "\"/\"", "\" \"", "\"<s>\"", "\"(\"", "\"(a+)+$\"", "\"Sequence\"", "\"ByteLevel\"", "\"Metaspace\"", "\"Replace\"", "\"BPE\"", "\"yarn\"", "\"dynamic\"",
        "[1]", "[\"a\"]", "[[]]", "[null]", "{\"a\":1}", "{\"type\":\"NFC\"}", "{\"String\":\"a\"}", "{\"Regex\":\"a*\"}", "[0,16]", "[4294967296,4294967296]", "\"user\"", "\"system\"",
    }.Select(Encoding.UTF8.GetBytes)];

    private static readonly Gen<(Kind Kind, double Place, double Length, uint Value)[]> Steps =
        Gen.Select(Gen.Frequency((1, Gen.Enum<Kind>()), (3, Gen.Const(Kind.ReplaceValue))), Gen.Double.Unit, Gen.Double.Unit, Gen.UInt.Uniform).Array[1, 4];

    /// <summary>The bytes of one case.</summary>
    /// <param name="seeds">The files that are damaged; a case takes one of them.</param>
    /// <param name="number">The case.</param>
    public static byte[] Case(IReadOnlyList<byte[]> seeds, ulong number)
    {
        // Neighbouring states of a PCG give like numbers, so the case's number is spread over all bits first (SplitMix64).
        var spread = (number + 1) * 0x9E3779B97F4A7C15;
        spread = (spread ^ (spread >> 30)) * 0xBF58476D1CE4E5B9;
        spread = (spread ^ (spread >> 27)) * 0x94D049BB133111EB;
        var random = new PCG(1, spread ^ (spread >> 31));
        var seed = seeds[(int)random.Next((uint)seeds.Count)];
        var bytes = seed.ToList();
        // Values are those of JSON, which a safetensors file has behind its first eight bytes.
        var isJson = seed[0] is (byte)'{' or (byte)'[' || seed.Length > 8 && seed[8] == '{';
        foreach (var (drawn, place, share, value) in Steps.Generate(random, null, out _))
        {
            var kind = drawn == Kind.ReplaceValue && !isJson ? value % 2 == 0 ? Kind.FlipBit : Kind.SetByte : drawn;
            var at = (int)(place * bytes.Count);
            // Mostly short ranges: long ones leave little of a file.
            var length = (int)Math.Min(bytes.Count - at, 1 + share * share * share * bytes.Count);
            if (bytes.Count > 0 && at < bytes.Count) Apply(kind, bytes, at, length, value);
        }
        return [.. bytes];
    }

    /// <summary>The next number, word or text that stands as a value in JSON, behind a colon or at the beginning of a list; nothing where there is none.</summary>
    private static (int Start, int End) Token(List<byte> bytes, int at)
    {
        for (var start = at + 1; start < bytes.Count; start++)
        {
            if (bytes[start - 1] is not ((byte)':' or (byte)'[') || bytes[start] is (byte)'{' or (byte)'[') continue;
            var end = start + 1;
            if (bytes[start] == '"')
            {
                while (end < bytes.Count && bytes[end] != '"') end += bytes[end] == '\\' ? 2 : 1;
                return (start, Math.Min(end + 1, bytes.Count));
            }
            while (end < bytes.Count && bytes[end] is not ((byte)',' or (byte)'}' or (byte)']')) end++;
            return (start, end);
        }
        return (at, at);
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
            case Kind.ReplaceValue:
                var (start, end) = Token(bytes, at);
                bytes.RemoveRange(start, end - start);
                bytes.InsertRange(start, Values[value % (uint)Values.Length]);
                break;
            case Kind.ReplaceWithValue:
                bytes.RemoveRange(at, length);
                bytes.InsertRange(at, Values[value % (uint)Values.Length]);
                break;
        }
    }
}
