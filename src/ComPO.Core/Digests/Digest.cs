using System.Globalization;
using System.IO.Hashing;

namespace ComPO.Core.Digests;

/// <summary>
/// The name of some bytes: their XxHash128. It finds a wrong replica or a damaged file; it does not
/// resist forgery, which is the transport's task.
/// </summary>
/// <param name="Value">The hash.</param>
public readonly record struct Digest(UInt128 Value)
{
    /// <summary>The digest of a span of bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => new(XxHash128.HashToUInt128(bytes));

    /// <summary>The digest of the float32 values as they lie in memory: little-endian, in order.</summary>
    public static Digest Of(ReadOnlySpan<float> values)
    {
        var hash = new DigestBuilder();
        hash.Add(values);
        return hash.Finish();
    }

    /// <summary>Reads the 32 hexadecimal digits that <see cref="ToString"/> writes.</summary>
    /// <exception cref="FormatException">The text is not 32 hexadecimal digits.</exception>
    public static Digest Parse(string text) => text.Length == 32
        ? new Digest(UInt128.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
        : throw new FormatException($"'{text}' is not a digest: expected 32 hexadecimal digits.");

    /// <summary>Reads the 32 hexadecimal digits that <see cref="ToString"/> writes; false when the text is something else.</summary>
    public static bool TryParse(string text, out Digest digest)
    {
        var isDigest = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && text.Length == 32;
        digest = new Digest(isDigest ? value : 0);
        return isDigest;
    }

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
