using System.Net;
using System.Net.Sockets;

namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>
/// Ports for what is started later, or again at the same place. They lie below those that the system gives out by itself, to callers and to whoever
/// asks for any port, and each process of tests has a stretch of its own: nobody else comes to have one in between.
/// </summary>
internal static class FreePorts
{
    private const int Lowest = 12_000, Stretch = 250, Stretches = 80;

    // Whoever listens at the first port of a stretch owns the others.
    private static readonly TcpListener Claim = ClaimStretch();
    private static int _given;

    /// <summary>A port that is free, and was given to nobody lately; the first of several in a row.</summary>
    public static int Next(int inARow = 1)
    {
        var first = ((IPEndPoint)Claim.LocalEndpoint).Port + 1;
        while (true)
        {
            var given = Interlocked.Add(ref _given, inARow) - inARow;
            var port = first + given % (Stretch - inARow);
            if (Enumerable.Range(port, inARow).All(IsFree))
                return port;
        }
    }

    private static TcpListener ClaimStretch() =>
        Enumerable.Range(0, Stretches).Select(i => Listen(Lowest + i * Stretch)).FirstOrDefault(listener => listener is not null)
        ?? throw new InvalidOperationException($"All ports of {Lowest} to {Lowest + Stretch * Stretches} are taken.");

    private static bool IsFree(int port)
    {
        using var listener = Listen(port);
        return listener is not null;
    }

    private static TcpListener? Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
