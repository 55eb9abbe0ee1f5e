using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>Reads a stream line by line as bytes, never holding more than the line asked for.</summary>
internal sealed class ByteLineReader(StreamBuffer buffer, string name)
{
    /// <summary>The next line without its end; valid until the next call.</summary>
    /// <param name="row">What to call it in an error: the 0-based row that it would be.</param>
    /// <param name="line">The line.</param>
    /// <exception cref="PreferenceDataException">The line is longer than <see cref="PreferenceReader.LongestRowBytes"/>.</exception>
    public bool TryRead(int row, out ReadOnlyMemory<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var at = buffer.Unread.Span[searched..].IndexOf((byte)'\n');
            searched = at >= 0 ? searched + at : buffer.Unread.Length;
            if (searched > PreferenceReader.LongestRowBytes)
                throw new PreferenceDataException($"{name}, row {row} is longer than {PreferenceReader.LongestRowBytes >> 20} MiB: expected one JSON object a line.");
            if (at >= 0)
            {
                line = Take(searched, skip: 1);
                return true;
            }
            if (!buffer.Fill())
            {
                line = Take(searched, skip: 0);
                return searched > 0;
            }
        }
    }

    private ReadOnlyMemory<byte> Take(int length, int skip)
    {
        var line = buffer.Unread[..length];
        buffer.Take(length + skip);
        return line;
    }
}
