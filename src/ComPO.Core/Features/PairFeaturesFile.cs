using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ComPO.Core.Errors;

namespace ComPO.Core.Features;

/// <summary>
/// The bytes of <see cref="PairFeatures"/>: a safetensors file that any reader opens, with one spelling
/// only, so that equal features have equal bytes and anything else is refused.
/// </summary>
internal static class PairFeaturesFile
{
    private const int LongestHeaderBytes = 4096;

    public static byte[] Encode(PairFeatures features)
    {
        var sizes = new Sizes(features.DistinctRows, features.HiddenSize, features.Targets.Length, features.ChosenCount,
            features.Basis is null ? 0 : features.BasisSize);
        var header = Header(sizes);
        var bytes = new byte[sizeof(long) + header.Length + sizes.DataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, sizeof(long));
        var rest = bytes.AsSpan(sizeof(long) + header.Length);
        Put(features.HiddenStates, ref rest);
        Put(features.RowOfToken, ref rest);
        Put(features.Targets, ref rest);
        Put(features.Basis ?? [], ref rest);
        return bytes;
    }

    public static PairFeatures Decode(ReadOnlySpan<byte> bytes)
    {
        var sizes = ReadSizes(bytes, out var headerLength);
        var rest = bytes[(sizeof(long) + headerLength)..];
        var hiddenStates = Take<float>(sizes.DistinctRows * sizes.HiddenSize, ref rest);
        var rowOfToken = Take<int>(sizes.Tokens, ref rest);
        var targets = Take<int>(sizes.Tokens, ref rest);
        var basis = sizes.BasisRows == 0 ? null : Take<float>(sizes.BasisRows * sizes.HiddenSize, ref rest);
        foreach (var row in rowOfToken)
            if ((uint)row >= (uint)sizes.DistinctRows)
                throw Damaged($"a token points at row {row} of {sizes.DistinctRows}");
        foreach (var target in targets)
            if (target < 0)
                throw Damaged($"token id {target} is negative");
        if (!PairFeatures.AreFinite(hiddenStates) || !PairFeatures.AreFinite(basis))
            throw Damaged("a value is not a finite number");
        return new PairFeatures(sizes.HiddenSize, hiddenStates, rowOfToken, targets, sizes.Chosen, basis);
    }

    private static Sizes ReadSizes(ReadOnlySpan<byte> bytes, out int headerLength)
    {
        if (bytes.Length < sizeof(long))
            throw Damaged($"{bytes.Length} bytes are too few");
        var length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (length is < 2 or > LongestHeaderBytes || length > bytes.Length - sizeof(long))
            throw Damaged($"a header of {length} bytes cannot be one of ours");
        headerLength = (int)length;
        var header = bytes.Slice(sizeof(long), headerLength);
        var sizes = ParseSizes(header);
        // One spelling only: whatever the header says must be exactly what these sizes are written as.
        if (!sizes.AreSound || !header.SequenceEqual(Header(sizes)) || bytes.Length != sizeof(long) + length + sizes.DataBytes)
            throw Damaged("its header and its length do not belong together");
        return sizes;
    }

    private static Sizes ParseSizes(ReadOnlySpan<byte> header)
    {
        try
        {
            var reader = new Utf8JsonReader(header);
            using var document = JsonDocument.ParseValue(ref reader);
            var metadata = document.RootElement.GetProperty("__metadata__");
            int Number(string name) => int.Parse(metadata.GetProperty(name).GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);
            return new Sizes(Number("distinct_rows"), Number("hidden_size"), Number("tokens"), Number("chosen"), Number("basis_rows"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentNullException)
        {
            throw Damaged("its header does not give the sizes");
        }
    }

    private static byte[] Header(Sizes s)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $$$"""{"__metadata__":{"format":"compo-features-1","distinct_rows":"{{{s.DistinctRows}}}","hidden_size":"{{{s.HiddenSize}}}","tokens":"{{{s.Tokens}}}","chosen":"{{{s.Chosen}}}","basis_rows":"{{{s.BasisRows}}}"}""");
        var offset = 0L;
        Entry("hidden_states", "F32", $"{s.DistinctRows},{s.HiddenSize}", (long)s.DistinctRows * s.HiddenSize);
        Entry("row_of_token", "I32", $"{s.Tokens}", s.Tokens);
        Entry("targets", "I32", $"{s.Tokens}", s.Tokens);
        if (s.BasisRows > 0)
            Entry("basis", "F32", $"{s.BasisRows},{s.HiddenSize}", (long)s.BasisRows * s.HiddenSize);
        text.Append('}');
        while (text.Length % sizeof(long) != 0)
            text.Append(' ');
        return Encoding.ASCII.GetBytes(text.ToString());

        void Entry(string name, string type, string shape, long count)
        {
            var end = offset + 4 * count;
            text.Append(CultureInfo.InvariantCulture,
                $$""","{{name}}":{"dtype":"{{type}}","shape":[{{shape}}],"data_offsets":[{{offset}},{{end}}]}""");
            offset = end;
        }
    }

    private static void Put<T>(T[] values, ref Span<byte> rest) where T : unmanaged
    {
        var source = MemoryMarshal.AsBytes(values.AsSpan());
        source.CopyTo(rest);
        rest = rest[source.Length..];
    }

    private static T[] Take<T>(int count, ref ReadOnlySpan<byte> rest) where T : unmanaged
    {
        var values = new T[count];
        var target = MemoryMarshal.AsBytes(values.AsSpan());
        rest[..target.Length].CopyTo(target);
        rest = rest[target.Length..];
        return values;
    }

    private static PreferenceDataException Damaged(string why) =>
        new($"The stored features of a pair cannot be used: {why}; delete them and they are computed again.");

    private readonly record struct Sizes(int DistinctRows, int HiddenSize, int Tokens, int Chosen, int BasisRows)
    {
        public long DataBytes => 4 * ((long)DistinctRows * HiddenSize + 2L * Tokens + (long)BasisRows * HiddenSize);

        // Each size is bounded before they are multiplied, so that nothing can wrap around.
        public bool AreSound => HiddenSize is > 0 and <= 1 << 24 && Tokens <= 1 << 28
            && DistinctRows > 0 && DistinctRows <= Tokens && Chosen > 0 && Chosen < Tokens
            && (BasisRows == 0 || (BasisRows == DistinctRows && BasisRows < HiddenSize))
            && DataBytes < Array.MaxLength;
    }
}
