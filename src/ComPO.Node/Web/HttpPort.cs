using System.Net;
using System.Net.Sockets;
using ComPO.Core.Errors;

namespace ComPO.Node.Web;

/// <summary>
/// The port at which a node serves HTTP, taken before anything else of the node begins: a port that is taken is refused at once, and nobody else
/// can take this one in between.
/// </summary>
internal sealed class HttpPort : IDisposable
{
    // Who comes before the server is ready waits here.
    private const int Backlog = 64;

    private HttpPort(Socket socket) => Socket = socket;

    /// <summary>Listens.</summary>
    public Socket Socket { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)Socket.LocalEndPoint!;

    /// <summary>Takes the port that the settings name, or, if they leave that free, any other when that one is taken.</summary>
    /// <param name="settings">Where to listen.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ClusterUnreachableException">The port is in use, or the address is none of this machine.</exception>
    public static async Task<HttpPort> TakeAsync(HttpSettings settings, CancellationToken cancellation)
    {
        try
        {
            var address = IPAddress.TryParse(settings.Hostname, out var literal) ? literal : (await Dns.GetHostAddressesAsync(settings.Hostname, cancellation))[0];
            try
            {
                return Listen(new IPEndPoint(address, settings.Port));
            }
            catch (SocketException failure) when (settings.AnyPortWillDo && failure.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                return Listen(new IPEndPoint(address, 0));
            }
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new ClusterUnreachableException(
                $"Port {settings.Port} of {settings.Hostname} is in use by another process, so this node cannot serve HTTP there; "
                + "choose another with --http-port, auto for any free one or off for none.", failure);
        }
        catch (SocketException failure)
        {
            throw new ClusterUnreachableException(
                $"This node cannot serve HTTP at {settings.Hostname}, port {settings.Port} ({failure.Message}); "
                + "give an address of this machine with --http-hostname and a port with --http-port.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();

    private static HttpPort Listen(IPEndPoint place)
    {
        var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(place);
            // Two may be bound to a port as long as neither listens.
            socket.Listen(Backlog);
            return new HttpPort(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
