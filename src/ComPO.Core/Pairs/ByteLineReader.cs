using ComPO.Core.Errors;

namespace ComPO.Core.Pairs;

/// <summary>Reads a stream line by line as bytes, never holding more than the line asked for.</summary>
internal sealed class ByteLineReader(Stream stream, string name)
{
    /// <summary>No line of text that anyone wrote is longer; a longer one is not such a file.</summary>
    public const int LongestLineBytes = 64 << 20;

    /// <summary>What is read whole, an array, may not be longer.</summary>
    public const int LargestWholeBytes = 1 << 30;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The 1-based number of the line that <see cref="TryRead"/> gave last.</summary>
    public int Number { get; private set; }

    /// <summary>The first byte that is not white space, not consumed; −1 at the end of the stream.</summary>
    public int Peek()
    {
        for (var at = _start; ; at++)
        {
            if (at == _end)
            {
                var consumed = at - _start;
                if (consumed > LongestLineBytes)
                    throw new PreferenceDataException($"{name} begins with more than {LongestLineBytes >> 20} MiB of white space: expected JSON.");
                if (!Fill())
                    return -1;
                at = _start + consumed;
            }
            // A byte order mark counts as white space.
            if (_buffer[at] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF))
                return _buffer[at];
        }
    }

    /// <summary>The next line without its end; valid until the next call.</summary>
    /// <exception cref="PreferenceDataException">The line is longer than <see cref="LongestLineBytes"/>.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = Take(searched + at, skip: 1);
                return true;
            }
            searched = _end - _start;
            if (searched > LongestLineBytes)
                throw new PreferenceDataException($"{name}, line {Number + 1} is longer than {LongestLineBytes >> 20} MiB: expected one JSON object a line.");
            if (!Fill())
            {
                line = Take(searched, skip: 0);
                return searched > 0;
            }
        }
    }

    /// <summary>All that is left of the stream.</summary>
    /// <exception cref="PreferenceDataException">That is more than <see cref="LargestWholeBytes"/>.</exception>
    public ReadOnlyMemory<byte> ReadToEnd()
    {
        while (Fill())
            if (_end - _start > LargestWholeBytes)
                throw new PreferenceDataException($"{name} is one JSON array of more than {LargestWholeBytes >> 20} MiB: write one JSON object a line, which is read line by line.");
        return _buffer.AsMemory(_start, _end - _start);
    }

    private ReadOnlyMemory<byte> Take(int length, int skip)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += length + skip;
        Number++;
        return line;
    }

    private bool Fill()
    {
        if (_ended)
            return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
        return !_ended;
    }
}
