using System.IO.Compression;
using System.Text.Json;
using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>
/// Reads preference data: one JSON object a line (JSONL), or one JSON array of objects. Rows are read as
/// they are asked for, so memory does not grow with the file.
/// </summary>
public static class PreferenceReader
{
    /// <summary>No pair that anyone wrote is longer; a file with a longer row is no such file.</summary>
    public const int LongestRowBytes = 64 << 20;

    /// <summary>The rows of a file, in order.</summary>
    /// <param name="stream">The file, plain or gzipped, which its first two bytes tell; must be seekable; left open.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <param name="skip">How many rows to pass over without looking at them.</param>
    /// <exception cref="PreferenceDataException">The file is empty or damaged, or a row cannot be understood; names the 0-based row.</exception>
    public static IEnumerable<PreferenceRow> Read(Stream stream, string name, int skip = 0)
    {
        using var rows = Elements(Plain(stream), name, skip).GetEnumerator();
        var any = false;
        while (MoveNext(rows, name))
        {
            any = true;
            if (rows.Current is { } element)
                yield return ReadRow(element.Json, element.Row, element.Where);
        }
        if (!any)
            throw new PreferenceDataException($"{name} is empty: expected preference pairs, one JSON object a line.");
    }

    /// <summary>One row, in whichever of the layouts it has.</summary>
    /// <param name="json">The row; nothing of it is kept.</param>
    /// <param name="row">0-based.</param>
    /// <param name="where">The file and row, for messages.</param>
    /// <exception cref="PreferenceDataException">It has none of the layouts, or holds a text that is not Unicode.</exception>
    public static PreferenceRow ReadRow(JsonElement json, int row, string where)
    {
        try
        {
            return PreferenceLayout.Read(json, row, where);
        }
        catch (InvalidOperationException e)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8, are found when a text is taken.
            throw new PreferenceDataException($"{where} holds a text that is not Unicode: {e.Message}", e);
        }
    }

    private static Stream Plain(Stream stream)
    {
        Span<byte> magic = stackalloc byte[2];
        var read = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        stream.Position -= read;
        return read == 2 && magic is [0x1F, 0x8B] ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : stream;
    }

    // One element a row; null for a row that is passed over.
    private static IEnumerable<Element?> Elements(Stream stream, string name, int skip)
    {
        var buffer = new StreamBuffer(stream);
        var first = buffer.Peek(LongestRowBytes);
        if (first is null && !buffer.HasEnded)
            throw new PreferenceDataException($"{name} begins with more than {LongestRowBytes >> 20} MiB of white space: expected JSON.");
        var rows = first == '[' ? ArrayElements(new JsonArrayReader(buffer, name), name, skip) : Lines(new ByteLineReader(buffer, name), name, skip);
        foreach (var row in rows)
            yield return row;
    }

    private static IEnumerable<Element?> ArrayElements(JsonArrayReader array, string name, int skip)
    {
        var row = 0;
        for (; row < skip && array.Skip(); row++)
            yield return null;
        for (; row >= skip && array.Read() is { } json; row++)
            using (json)
                yield return new Element(json.RootElement, row, $"{name}, row {row}");
    }

    private static IEnumerable<Element?> Lines(ByteLineReader lines, string name, int skip)
    {
        for (var row = 0; lines.TryRead(row, out var line);)
        {
            if (IsBlank(line.Span))
                continue;
            if (row++ < skip)
            {
                yield return null;
                continue;
            }
            var where = $"{name}, row {row - 1}";
            using var document = Parse(line, where);
            yield return new Element(document.RootElement, row - 1, where);
        }
    }

    private static bool MoveNext(IEnumerator<Element?> rows, string name)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (InvalidDataException e)
        {
            throw new PreferenceDataException($"{name} begins as gzip and is damaged: {e.Message}", e);
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.TrimStart("\uFEFF"u8).Trim(" \t\r"u8).IsEmpty;

    private static JsonDocument Parse(ReadOnlyMemory<byte> json, string where)
    {
        try
        {
            return JsonDocument.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json);
        }
        catch (JsonException e)
        {
            throw new PreferenceDataException($"{where} is not JSON: {e.Message}", e);
        }
    }

    private sealed record Element(JsonElement Json, int Row, string Where);
}
