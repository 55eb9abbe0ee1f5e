using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>Where a process can be reached from outside, as the kernel has it.</summary>
internal static partial class OpenSockets
{
    private const string Listening = "0A";

    /// <summary>The addresses at which a process listens by TCP, and those to which its UDP sockets are bound.</summary>
    public static IReadOnlyList<IPEndPoint> Of(int process)
    {
        var own = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(Target).Select(target => SocketTarget().Match(target))
            .Where(socket => socket.Success).Select(socket => socket.Groups[1].Value).ToHashSet();
        return
        [
            .. ((string[])["tcp", "tcp6", "udp", "udp6"])
                .Select(protocol => (Protocol: protocol, Table: $"/proc/{process}/net/{protocol}")).Where(each => File.Exists(each.Table))
                .SelectMany(each => File.ReadLines(each.Table).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Where(columns => own.Contains(columns[9]) && (each.Protocol.StartsWith("udp", StringComparison.Ordinal) || columns[3] == Listening)))
                .Select(columns => Read(columns[1])),
        ];
    }

    // A file may be closed between being listed and being looked at.
    private static string Target(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    // The address as words of 32 bits in the machine's own order, then the port.
    private static IPEndPoint Read(string text)
    {
        var (address, port) = (text.Split(':')[0], text.Split(':')[1]);
        var bytes = Enumerable.Range(0, address.Length / 8)
            .SelectMany(word => BitConverter.GetBytes(uint.Parse(address.AsSpan(8 * word, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        return new IPEndPoint(new IPAddress([.. bytes]), int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^socket:\[(\d+)\]$")]
    private static partial Regex SocketTarget();
}
