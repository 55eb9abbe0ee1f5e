using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace ComPO.Torch.Tests.Pairs;

/// <summary>Writes rows of JSON as Parquet, a column a member, nested as they are: texts, numbers, lists and structures.</summary>
internal static class ParquetCopy
{
    /// <summary>The file of one row.</summary>
    public static byte[] Of(string row, Compression compression)
    {
        var path = Path.GetTempFileName();
        try
        {
            Write(path, [row], 1, compression);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="rows">JSON objects, of which the first has every member.</param>
    /// <param name="rowsInGroup">How many rows to write as a row group.</param>
    /// <param name="compression">How pages are compressed.</param>
    public static void Write(string path, IEnumerable<string> rows, int rowsInGroup, Compression compression = Compression.Snappy)
    {
        var json = rows.Select(row => JsonDocument.Parse(row).RootElement).ToArray();
        var (first, all) = ((StructType)TypeOf(json), new Schema.Builder());
        foreach (var field in first.Fields) all.Field(field);
        using var builder = new WriterPropertiesBuilder().Compression(compression);
        using var properties = builder.Build();
        var schema = all.Build();
        using var writer = new FileWriter(path, schema, properties);
        foreach (var group in json.Chunk(rowsInGroup))
            writer.WriteRecordBatch(new RecordBatch(schema, first.Fields.Select(field => Build(field.DataType, [.. group.Select(row => Member(row, field.Name))])), group.Length));
        writer.Close();
    }

    private static JsonElement Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    private static bool IsNull(JsonElement json) => json.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    private static IArrowType TypeOf(IReadOnlyCollection<JsonElement> values) => values.FirstOrDefault(value => !IsNull(value)).ValueKind switch
    {
        JsonValueKind.Object => new StructType([.. values.First(value => !IsNull(value)).EnumerateObject()
            .Select(member => new Field(member.Name, TypeOf([.. values.Select(value => Member(value, member.Name))]), nullable: true))]),
        JsonValueKind.Array => new ListType(new Field("element", TypeOf([.. values.Where(value => !IsNull(value)).SelectMany(value => value.EnumerateArray())]), nullable: true)),
        JsonValueKind.Number => values.All(value => IsNull(value) || value.TryGetInt64(out _)) ? Int64Type.Default : DoubleType.Default,
        _ => StringType.Default,
    };

    private static IArrowArray Build(IArrowType type, JsonElement[] values)
    {
        var (valid, nulls) = (new ArrowBuffer.BitmapBuilder(), values.Count(IsNull));
        foreach (var value in values) valid.Append(!IsNull(value));
        switch (type)
        {
            case StructType structure:
                return new StructArray(structure, values.Length, structure.Fields.Select(field => Build(field.DataType, [.. values.Select(value => Member(value, field.Name))])), valid.Build(), nulls);
            case ListType list:
                var (offsets, elements) = (new ArrowBuffer.Builder<int>().Append(0), new List<JsonElement>());
                foreach (var value in values)
                {
                    if (!IsNull(value)) elements.AddRange(value.EnumerateArray());
                    offsets.Append(elements.Count);
                }
                return new ListArray(list, values.Length, offsets.Build(), Build(list.ValueDataType, [.. elements]), valid.Build(), nulls);
            case Int64Type:
                var whole = new Int64Array.Builder();
                foreach (var value in values) _ = IsNull(value) ? whole.AppendNull() : whole.Append(value.GetInt64());
                return whole.Build();
            case DoubleType:
                var broken = new DoubleArray.Builder();
                foreach (var value in values) _ = IsNull(value) ? broken.AppendNull() : broken.Append(value.GetDouble());
                return broken.Build();
            default:
                var texts = new StringArray.Builder();
                foreach (var value in values) _ = IsNull(value) ? texts.AppendNull() : texts.Append(value.GetString());
                return texts.Build();
        }
    }
}
