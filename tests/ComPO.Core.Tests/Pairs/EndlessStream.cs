using System.Text;

namespace ComPO.Core.Tests.Pairs;

/// <summary>A file without end: a beginning, and the same bytes again and again; none of it is held.</summary>
internal sealed class EndlessStream(string beginning, string repeated) : Stream
{
    private readonly byte[] _beginning = Encoding.UTF8.GetBytes(beginning);
    private readonly byte[] _repeated = Encoding.UTF8.GetBytes(repeated);

    /// <summary>How many bytes were read so far.</summary>
    public long Given => Position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("It has no end.");

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var rest = Position < _beginning.Length ? _beginning.AsSpan((int)Position) : _repeated.AsSpan((int)((Position - _beginning.Length) % _repeated.Length));
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Only its position is set.");

    public override void SetLength(long value) => throw new NotSupportedException("It is only read.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is only read.");

    public override void Flush()
    {
        // Nothing is written.
    }
}
