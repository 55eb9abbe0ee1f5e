using System.Text.Json;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Types;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;

namespace ComPO.Torch.Pairs.Parquet;

/// <summary>Writes values of Arrow's arrays as the JSON they would have been published as.</summary>
internal static class ArrowJson
{
    /// <summary>Whether every value of a type can be written: text, whole numbers, and lists and structures of these, as far as any layout nests them.</summary>
    public static bool CanWrite(IArrowType type, int depth = 2) => type switch
    {
        NullType or StringType or LargeStringType or StringViewType or BinaryType or LargeBinaryType or BinaryViewType => true,
        Int8Type or Int16Type or Int32Type or Int64Type or UInt8Type or UInt16Type or UInt32Type or UInt64Type => true,
        DictionaryType dictionary => CanWrite(dictionary.ValueType, depth),
        ListType or LargeListType => depth > 0 && CanWrite(((NestedType)type).Fields[0].DataType, depth - 1),
        StructType structure => depth > 0 && structure.Fields.All(field => CanWrite(field.DataType, depth - 1)),
        _ => false,
    };

    /// <summary>Writes a value.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="array">The array that holds it.</param>
    /// <param name="at">Its place there.</param>
    /// <param name="where">The file and row, for messages.</param>
    /// <exception cref="PreferenceDataException">A text is not Unicode, or what is written is longer than a row may be.</exception>
    public static void Write(Utf8JsonWriter json, IArrowArray array, int at, string where)
    {
        if (array is NullArray || array.IsNull(at))
        {
            json.WriteNullValue();
            return;
        }
        switch (array)
        {
            case BinaryArray texts: Write(json, texts.GetBytes(at), where); break;
            case LargeBinaryArray texts: Write(json, texts.GetBytes(at), where); break;
            case BinaryViewArray texts: Write(json, texts.GetBytes(at), where); break;
            case Int8Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case Int16Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case Int32Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case Int64Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case UInt8Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case UInt16Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case UInt32Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case UInt64Array numbers: json.WriteNumberValue(numbers.Values[at]); break;
            case DictionaryArray entries: Write(json, entries.Dictionary, Index(entries.Indices, at), where); break;
            case ListArray lists: WriteElements(json, lists.Values, lists.ValueOffsets[at], lists.ValueOffsets[at + 1], where); break;
            case LargeListArray lists: WriteElements(json, lists.Values, checked((int)lists.ValueOffsets[at]), checked((int)lists.ValueOffsets[at + 1]), where); break;
            case StructArray structures: WriteMembers(json, structures, at, where); break;
            default: throw new NotSupportedException($"Arrow's type {array.Data.DataType.Name} is not known here.");
        }
        Bound(json.BytesCommitted + json.BytesPending, where);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> text, string where)
    {
        Bound(text.Length, where);
        if (!Utf8.IsValid(text))
            throw new PreferenceDataException($"{where} holds a text that is not Unicode: expected UTF-8.");
        json.WriteStringValue(text);
    }

    private static void WriteElements(Utf8JsonWriter json, IArrowArray elements, int start, int end, string where)
    {
        json.WriteStartArray();
        for (var at = start; at < end; at++)
            Write(json, elements, at, where);
        json.WriteEndArray();
    }

    private static void WriteMembers(Utf8JsonWriter json, StructArray structures, int at, string where)
    {
        var fields = ((StructType)structures.Data.DataType).Fields;
        json.WriteStartObject();
        for (var i = 0; i < fields.Count; i++)
        {
            json.WritePropertyName(fields[i].Name);
            Write(json, structures.Fields[i], at, where);
        }
        json.WriteEndObject();
    }

    private static int Index(IArrowArray indices, int at) => indices switch
    {
        Int8Array numbers => numbers.Values[at],
        Int16Array numbers => numbers.Values[at],
        Int32Array numbers => numbers.Values[at],
        UInt8Array numbers => numbers.Values[at],
        UInt16Array numbers => numbers.Values[at],
        _ => throw new NotSupportedException($"A dictionary with indices of Arrow's type {indices.Data.DataType.Name} is not known here."),
    };

    private static void Bound(long bytes, string where)
    {
        if (bytes > PreferenceReader.LongestRowBytes)
            throw new PreferenceDataException($"{where} is longer than {PreferenceReader.LongestRowBytes >> 20} MiB: expected preference pairs, one a row.");
    }
}
