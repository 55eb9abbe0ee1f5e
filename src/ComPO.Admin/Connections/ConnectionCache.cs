using Akka.Actor;
using ComPO.Protocol.Security;

namespace ComPO.Admin.Connections;

/// <summary>The connection that commands of one console share, so that only the first of them waits for it.</summary>
internal sealed class ConnectionCache(Patience patience) : IAsyncDisposable
{
    private (Address Contact, TlsFiles? Tls)? _line;
    private ClusterConnection? _connection;

    /// <summary>How long the connections wait.</summary>
    public Patience Patience => patience;

    /// <summary>A connection to a seed node that answers at this moment.</summary>
    public async Task<ClusterConnection> ToAsync(Address contact, TlsFiles? tls, CancellationToken cancellation)
    {
        if (_connection is not null && (contact, tls).Equals(_line))
        {
            await _connection.RenewAsync(cancellation);
            return _connection;
        }
        await DisposeAsync();
        _connection = await ClusterConnection.OpenAsync(contact, tls, patience, cancellation);
        _line = (contact, tls);
        return _connection;
    }

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        _connection = null;
    }
}
