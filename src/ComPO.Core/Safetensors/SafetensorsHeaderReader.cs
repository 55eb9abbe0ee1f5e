using System.Text.Json;
using System.Text.Unicode;

namespace ComPO.Core.Safetensors;

/// <summary>Reads and checks the JSON text of a header. What it allocates is bounded by the text's length.</summary>
internal static class SafetensorsHeaderReader
{
    /// <summary>A tensor as written, with the end of its bytes yet to be checked against its shape.</summary>
    private readonly record struct Claim(string Name, TensorType Type, ulong[] Shape, ulong Start, ulong End);

    public static SafetensorsHeader Read(ReadOnlySpan<byte> json, long fileBytes)
    {
        if (!Utf8.IsValid(json)) throw new InvalidDataException("its header is not UTF-8 text");
        var claims = new List<Claim>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            ReadTensors(json, claims, metadata);
        }
        catch (JsonException cause)
        {
            throw new InvalidDataException($"its header is not valid JSON at byte {cause.BytePositionInLine}", cause);
        }
        catch (InvalidOperationException cause)
        {
            // A string with half of a surrogate pair.
            throw new InvalidDataException("its header holds a text that is not Unicode", cause);
        }

        var dataOffset = SafetensorsHeader.LengthBytes + json.Length;
        return new SafetensorsHeader(metadata, Check(claims, (ulong)(fileBytes - dataOffset)), dataOffset);
    }

    private static void ReadTensors(ReadOnlySpan<byte> json, List<Claim> claims, Dictionary<string, string> metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Expect(reader.TokenType == JsonTokenType.StartObject, "its header is not a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            Expect(names.Add(name), $"its header names {name} twice");
            reader.Read();
            if (name == "__metadata__") ReadMetadata(ref reader, metadata);
            else claims.Add(ReadTensor(ref reader, name));
        }
        // Anything but white space behind the object is an error of the JSON text.
        while (reader.Read()) { }
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        Expect(reader.TokenType == JsonTokenType.StartObject, "its __metadata__ is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            Expect(reader.TokenType == JsonTokenType.String, $"the value of {key} in its __metadata__ is not a text");
            metadata[key] = reader.GetString()!;
        }
    }

    private static Claim ReadTensor(ref Utf8JsonReader reader, string name)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, $"its header's entry {name} is not an object");
        TensorType? type = null;
        ulong[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null: type = ReadType(ref reader, name); break;
                case "shape" when shape is null: shape = ReadNumbers(ref reader, name, field); break;
                case "data_offsets" when offsets is null: offsets = ReadNumbers(ref reader, name, field); break;
                case "dtype" or "shape" or "data_offsets": throw new InvalidDataException($"its tensor {name} has {field} twice");
                default: reader.Skip(); break;
            }
        }
        if (type is not { } known || shape is null || offsets is null)
            throw new InvalidDataException($"its tensor {name} lacks dtype, shape or data_offsets");
        Expect(offsets.Length == 2, $"its tensor {name} has {offsets.Length} data_offsets instead of 2");
        return new Claim(name, known, shape, offsets[0], offsets[1]);
    }

    private static TensorType ReadType(ref Utf8JsonReader reader, string name)
    {
        Expect(reader.TokenType == JsonTokenType.String, $"the dtype of its tensor {name} is not a text");
        var code = reader.GetString()!;
        return TensorTypes.FromCode(code) ?? throw new InvalidDataException($"its tensor {name} is of type {code}, which is not supported");
    }

    private static ulong[] ReadNumbers(ref Utf8JsonReader reader, string name, string field)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, $"the {field} of its tensor {name} is not an array");
        var numbers = new List<ulong>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt64(out var number))
                throw new InvalidDataException($"the {field} of its tensor {name} has an entry that is not a whole number");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>The tensors must follow one another without gap or overlap from byte 0 to the end of the file, each as long as its shape says.</summary>
    private static TensorEntry[] Check(List<Claim> claims, ulong dataBytes)
    {
        claims.Sort((a, b) => (a.Start, a.End).CompareTo((b.Start, b.End)));
        var tensors = new TensorEntry[claims.Count];
        var end = 0UL;
        for (var i = 0; i < tensors.Length; i++)
        {
            var claim = claims[i];
            Expect(claim.Start == end && claim.End >= claim.Start,
                $"its tensor {claim.Name} lies at bytes {claim.Start} to {claim.End}, and {end} was expected as the start");
            end = claim.End;
            var needed = SizeBytes(claim);
            Expect(claim.End - claim.Start == needed,
                $"its tensor {claim.Name} has {claim.End - claim.Start} bytes, and its shape and type ask for {needed}");
            tensors[i] = new TensorEntry(claim.Name, claim.Type, Array.ConvertAll(claim.Shape, dimension => (long)dimension), (long)claim.Start);
        }
        Expect(end == dataBytes, $"its tensors need {end} bytes after the header, and {dataBytes} are there");
        return tensors;
    }

    private static ulong SizeBytes(Claim claim)
    {
        try
        {
            // In bits, as the reference implementation counts, so that the same sizes overflow.
            var bits = 1UL;
            foreach (var dimension in claim.Shape)
            {
                _ = checked((long)dimension);
                bits = checked(bits * dimension);
            }
            return checked(bits * 8 * (ulong)claim.Type.ElementSizeBytes()) / 8;
        }
        catch (OverflowException cause)
        {
            throw new InvalidDataException($"the shape of its tensor {claim.Name} is too large to be counted", cause);
        }
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidDataException(otherwise);
    }
}
