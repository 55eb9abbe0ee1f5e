using System.Data.Common;
using LinqToDB;
using LinqToDB.Interceptors;

namespace ComPO.Cluster.Persistence;

/// <summary>
/// Connections to an SQLite journal that wait for each other within the library, which looks again after milliseconds. Without, whoever finds the file
/// locked, as while a snapshot is written, is put to sleep by the provider for 150 ms at a time, and the run with it. What is written goes into a log beside
/// the file, which takes the disk once for each commit instead of several times; it is as safe.
/// </summary>
internal sealed class PatientSqlite : ConnectionInterceptor
{
    // After that it is the provider that tries again, until its own time is over.
    private const int Milliseconds = 5000;

    /// <summary>The provider's name.</summary>
    public const string Provider = ProviderName.SQLiteMS;

    /// <summary>Such connections to a database.</summary>
    public static DataOptions To(string connection) => new DataOptions().UseConnectionString(Provider, connection).UseInterceptor(new PatientSqlite());

    /// <inheritdoc/>
    public override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA busy_timeout = {Milliseconds}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public override Task ConnectionOpenedAsync(ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        ConnectionOpened(eventData, connection);
        return Task.CompletedTask;
    }
}
