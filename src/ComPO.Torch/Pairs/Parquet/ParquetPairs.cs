using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Apache.Arrow;
using ComPO.Core.Errors;
using ComPO.Core.Pairs;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace ComPO.Torch.Pairs.Parquet;

/// <summary>
/// Reads preference pairs of a Parquet file whose columns have the names and the nesting that members have in JSON. Row groups are
/// read one after the other and, but in small files, a page of each column at a time, so memory grows neither with the file nor with
/// its row groups.
/// </summary>
internal static class ParquetPairs
{
    /// <summary>Rows that are taken out of their pages at once.</summary>
    private const int RowsAtOnce = 16;

    /// <summary>
    /// Up to this size of a file the columns of a row group are read whole, above it page by page. A page is as large as its header
    /// says, at most 2 GiB, before it is seen to be damaged; so what is taken stays within a multiple of any file's size.
    /// </summary>
    private const long SmallBytes = 16 << 20;

    /// <summary>Row groups, or elements of a schema, however they are nested: the native library follows nesting by recursion.</summary>
    private const int MostOfAKind = 4096;

    /// <summary>What texts become at most of one byte, with some room for few bytes; what claims more is damaged or made to do harm.</summary>
    private const long MostPacked = 1024, AlwaysAllowedBytes = 1 << 20;

    private static readonly string[] TextColumns = ["prompt", "chosen", "rejected", "conversations", "system"];
    private static readonly string[] IdColumns = ["prompt_input_ids", "chosen_input_ids", "rejected_input_ids"];

    /// <summary>Whether a file begins as Parquet; leaves the stream where it was.</summary>
    public static bool Begins(Stream stream)
    {
        Span<byte> magic = stackalloc byte[4];
        var read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        stream.Position -= read;
        return magic.SequenceEqual("PAR1"u8);
    }

    /// <summary>The rows of a file, in order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="skip">How many rows to pass over; whole row groups of them are not read.</param>
    /// <exception cref="PreferenceDataException">The file is damaged, has other columns or no rows, or a row cannot be understood; names the columns or the row.</exception>
    public static IEnumerable<PreferenceRow> Read(string path, int skip = 0)
    {
        var length = Guard(path, () => new FileInfo(path).Length);
        using var file = Guard(path, () => Open(path, length));
        var columns = Guard(path, () => Columns(path, file));
        var (row, groups) = (0, file.NumRowGroups);
        for (var group = 0; group < groups; group++)
        {
            var rows = Guard(path, () => RowsOf(path, length, file, group, columns));
            if (skip - row >= rows)
            {
                row += (int)rows;
                continue;
            }
            using var batches = Guard(path, () => file.GetRecordBatchReader([group], columns));
            // What is read comes of memory and the file system, so the task is done when it is returned.
            while (Guard(path, () => batches.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult()) is { } batch)
                using (batch)
                    for (var at = 0; at < batch.Length; at++, row++)
                        if (row >= skip)
                            yield return Guard(path, () => RowOf(batch, at, row, $"{path}, row {row}"));
        }
        if (row == 0)
            throw new PreferenceDataException($"{path} is empty: expected preference pairs, one a row.");
    }

    private static FileReader Open(string path, long length)
    {
        using var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.SetThriftContainerSizeLimit(MostOfAKind);
        properties.EnablePageChecksumVerification();
        if (length > SmallBytes)
            properties.EnableBufferedStream();
        using var conversion = ArrowReaderProperties.GetDefault();
        (conversion.UseThreads, conversion.PreBuffer, conversion.BatchSize) = (false, false, RowsAtOnce);
        return new FileReader(path, properties, conversion);
    }

    /// <summary>The leaves of the columns that a layout names, as Parquet numbers them.</summary>
    private static int[] Columns(string path, FileReader file)
    {
        var fields = file.Schema.FieldsList;
        string[] named = [.. fields.Select(field => field.Name)];
        var wanted = named.Contains(IdColumns[0]) ? IdColumns : TextColumns;
        if (!(wanted == IdColumns ? IdColumns : ["chosen", "rejected"]).All(named.Contains))
            throw new PreferenceDataException(
                $"{path} has the columns {Quoted(named)}: expected \"chosen\" and \"rejected\", with \"prompt\" or \"conversations\" or without, or {Quoted(IdColumns)}.");
        foreach (var field in fields)
            if (wanted.Contains(field.Name) && !ArrowJson.CanWrite(field.DataType))
                throw new PreferenceDataException(
                    $"{path} has {field.DataType.Name} in the column \"{field.Name}\": expected texts, lists of turns, or lists of token ids.");
        var schema = file.ParquetReader.FileMetaData.Schema;
        return [.. Enumerable.Range(0, schema.NumColumns).Where(leaf => wanted.Contains(schema.Column(leaf).Path.ToDotVector()[0]))];
    }

    private static string Quoted(string[] names) => names.Length switch
    {
        0 => "of nothing",
        1 => $"\"{names[0]}\"",
        > 20 => $"{string.Join(", ", names.Take(20).Select(name => $"\"{name}\""))} and {names.Length - 20} more",
        _ => $"{string.Join(", ", names.SkipLast(1).Select(name => $"\"{name}\""))} and \"{names[^1]}\"",
    };

    /// <summary>The rows of a group, whose sizes are seen to be those of a file of this size before anything of it is read.</summary>
    private static long RowsOf(string path, long length, FileReader file, int group, int[] columns)
    {
        using var reader = file.ParquetReader.RowGroup(group);
        var rows = reader.MetaData.NumRows;
        if (rows is < 0 or > int.MaxValue)
            throw Damaged(path, $"row group {group} is said to have {rows} rows");
        foreach (var column in columns)
        {
            using var chunk = reader.MetaData.GetColumnChunkMetaData(column);
            if (chunk.TotalCompressedSize < 0 || chunk.TotalCompressedSize > length)
                throw Damaged(path, $"a column of row group {group} is said to take {chunk.TotalCompressedSize} of the file's {length} bytes");
            if (chunk.TotalUncompressedSize < 0 || chunk.TotalUncompressedSize > AlwaysAllowedBytes + MostPacked * chunk.TotalCompressedSize)
                throw Damaged(path, $"a column of row group {group} is said to hold {chunk.TotalUncompressedSize} bytes in {chunk.TotalCompressedSize}");
        }
        return rows;
    }

    private static PreferenceRow RowOf(RecordBatch batch, int at, int row, string where)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            for (var column = 0; column < batch.ColumnCount; column++)
            {
                json.WritePropertyName(batch.Schema.GetFieldByIndex(column).Name);
                ArrowJson.Write(json, batch.Column(column), at, where);
            }
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return PreferenceReader.ReadRow(document.RootElement, row, where);
    }

    /// <summary>Whatever the libraries underneath find wrong with a file, the file is what is wrong.</summary>
    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (ComPOException or OutOfMemoryException or DllNotFoundException or TypeInitializationException))
        {
            throw Damaged(path, Sentence(e.Message), e);
        }
    }

    private static PreferenceDataException Damaged(string path, string found, Exception? cause = null) =>
        new($"{path} begins as Parquet and cannot be read: {found}.", cause);

    // Messages of the native library come as: mangled type (message: 'Kind: what it is').
    private static string Sentence(string message)
    {
        const string Opening = "(message: '";
        if (message.IndexOf(Opening, StringComparison.Ordinal) is >= 0 and var at && message.EndsWith("')", StringComparison.Ordinal))
            message = message[(at + Opening.Length)..^2];
        return string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');
    }
}
