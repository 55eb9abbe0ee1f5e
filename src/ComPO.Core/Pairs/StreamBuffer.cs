namespace ComPO.Core.Pairs;

/// <summary>A window on a stream that grows with what is taken at once, and not with the stream.</summary>
internal sealed class StreamBuffer(Stream stream)
{
    private byte[] _bytes = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>What was read and not taken yet; valid until the next <see cref="Fill"/>.</summary>
    public ReadOnlyMemory<byte> Unread => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Whether all of the stream was read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes bytes from the beginning of what is unread.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Reads on until the buffer is full, twice as large where all of it is unread; false when the stream has ended.</summary>
    public bool Fill()
    {
        if (HasEnded)
            return false;
        Unread.Span.CopyTo(_bytes);
        (_start, _end) = (0, _end - _start);
        if (_end == _bytes.Length)
            Array.Resize(ref _bytes, 2 * _bytes.Length);
        // Full, so that who searches the unread bytes again searches at least as many new ones.
        var read = stream.ReadAtLeast(_bytes.AsSpan(_end), _bytes.Length - _end, throwOnEndOfStream: false);
        _end += read;
        HasEnded = _end < _bytes.Length;
        return read > 0;
    }

    /// <summary>The first byte that is neither white space nor of a byte order mark, not taken; null when there is none among so many bytes.</summary>
    public byte? Peek(int mostBytes)
    {
        while (true)
        {
            var at = Unread.Span.IndexOfAnyExcept(" \t\r\n\uFEFF"u8);
            if (at >= 0)
                return Unread.Span[at];
            if (Unread.Length > mostBytes || !Fill())
                return null;
        }
    }
}
