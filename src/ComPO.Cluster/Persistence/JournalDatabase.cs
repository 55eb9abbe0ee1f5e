using System.Data.Common;
using Akka.Configuration;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ComPO.Cluster.Persistence;

/// <summary>The database that holds the journal, to be asked whether it is there.</summary>
/// <param name="Kind">What it is, for people.</param>
/// <param name="Question">SQL that it can answer only when it is well.</param>
/// <param name="Connect">Makes a connection, not yet open.</param>
internal sealed record JournalDatabase(string Kind, string Question, Func<DbConnection> Connect)
{
    private const string SqlPlugin = "akka.persistence.journal.sql";

    /// <summary>The database of an actor system's configuration; null when the journal is in memory.</summary>
    public static JournalDatabase? Of(Config config)
    {
        if (config.GetString("akka.persistence.journal.plugin") != SqlPlugin)
            return null;
        var connection = config.GetString($"{SqlPlugin}.connection-string");
        if (config.GetString($"{SqlPlugin}.provider-name").StartsWith("PostgreSQL", StringComparison.Ordinal))
            return new JournalDatabase("PostgreSQL", "SELECT 1", () => new NpgsqlConnection(connection));
        // A file that has been deleted must be missed, not made anew.
        var file = new SqliteConnectionStringBuilder(connection) { Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 2 }.ToString();
        return new JournalDatabase("SQLite", "SELECT COUNT(*) FROM sqlite_master", () => new SqliteConnection(file));
    }
}
