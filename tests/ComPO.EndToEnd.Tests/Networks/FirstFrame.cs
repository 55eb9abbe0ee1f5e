using System.Buffers.Binary;
using System.Text;

namespace ComPO.EndToEnd.Tests.Networks;

/// <summary>
/// The first frame that a caller sends, by which remoting tells whose connection it is: four bytes of length, little-endian, then an association in
/// protobuf with the caller's address (system = 1, hostname = 2, port = 3).
/// </summary>
internal static class FirstFrame
{
    private const int LengthBytes = 4, MostBytes = 4096;

    private static readonly byte[] BeforePort = [0x0A, 5, .. "ComPO"u8, 0x12, 9, .. Encoding.ASCII.GetBytes("127.0.0.1"), 0x18];

    /// <summary>Reads it, and no byte more.</summary>
    public static async Task<byte[]> ReadAsync(Stream from, CancellationToken cancellation)
    {
        var length = new byte[LengthBytes];
        await from.ReadExactlyAsync(length, cancellation);
        var frame = new byte[LengthBytes + Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(length), 0, MostBytes)];
        length.CopyTo(frame, 0);
        await from.ReadExactlyAsync(frame.AsMemory(LengthBytes), cancellation);
        return frame;
    }

    /// <summary>The port at which the caller is reached; 0 when the frame says nothing of it.</summary>
    public static int CallerOf(ReadOnlySpan<byte> frame)
    {
        var place = frame.IndexOf(BeforePort);
        if (place < 0)
            return 0;
        var port = 0;
        var shift = 0;
        foreach (var digit in frame[(place + BeforePort.Length)..])
        {
            port |= (digit & 0x7F) << shift;
            shift += 7;
            if (digit < 0x80)
                break;
        }
        return port;
    }
}
