using Akka.Configuration;
using Akka.Persistence.Sql;
using ComPO.Cluster.Configuration;
using ComPO.Core.Errors;
using LinqToDB;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ComPO.Cluster.Persistence;

/// <summary>Where the supervisor's journal lies, as configuration for Akka.Persistence.</summary>
internal static class JournalConfiguration
{
    private const string Journal = "akka.persistence.journal.sql";

    /// <summary>The configuration for what a node's <c>compo.persistence</c> says.</summary>
    /// <param name="config">The node's configuration.</param>
    /// <param name="options">The node.</param>
    /// <exception cref="UsageException">The kind of journal is unknown, cannot serve this cluster, or lacks its database.</exception>
    public static Config Of(Config config, NodeOptions options)
    {
        var kind = config.GetString("compo.persistence.journal");
        var database = config.GetString("compo.persistence.connection-string");
        if (kind is "memory" or "sqlite")
            RefuseOtherSeeds(kind, options);
        return kind switch
        {
            "memory" => InMemory,
            "sqlite" when options.StateFolder is null => InMemory,
            "sqlite" => Sqlite(options),
            "postgresql" when string.IsNullOrWhiteSpace(database) => throw new UsageException(
                "compo.persistence.journal is postgresql, but compo.persistence.connection-string is empty; expected one such as \"Host=db;Database=compo;Username=compo\"."),
            "postgresql" when options is { IsSeed: true, SeedNodes.Count: 0 } => throw new UsageException(
                "A seed with a shared journal must know its cluster's seeds, or after a restart it would form a second cluster on the same journal; "
                + "give every seed the same --seed-node list, itself included."),
            "postgresql" => Sql("PostgreSQL.15", WithoutIdleTransactions(database)),
            _ => throw new UsageException($"The configuration key compo.persistence.journal is '{kind}'; expected sqlite, postgresql or memory."),
        };
    }

    /// <summary>How connections to the journal of a configuration are made; null where nothing is to be said.</summary>
    /// <param name="journal">From <see cref="Of"/>.</param>
    public static DataOptions? ConnectionsOf(Config journal) => journal.GetString($"{Journal}.provider-name") == PatientSqlite.Provider
        ? PatientSqlite.To(journal.GetString($"{Journal}.connection-string"))
        : null;

    private static Config InMemory { get; } = ConfigurationFactory.ParseString(
        """
        akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
        akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        """);

    // Whichever of them led would know nothing of what the others have decided. Whether addresses are written for TLS makes no other node of them.
    private static void RefuseOtherSeeds(string kind, NodeOptions options)
    {
        if (!options.IsSeed || options.SeedNodes.FirstOrDefault(seed => seed.Host != options.Hostname || seed.Port != options.Port) is not { } other)
            return;
        throw new UsageException(
            $"This seed would share its cluster with the seed {other}, but its journal is {(kind == "memory" || options.StateFolder is null ? "in its memory" : "an SQLite file")}, which no other "
            + "node can read; set compo.persistence.journal = postgresql on all seeds, or start this node as a trainer.");
    }

    private static Config Sqlite(NodeOptions options)
    {
        Directory.CreateDirectory(options.StateFolder!);
        return Sql(PatientSqlite.Provider, new SqliteConnectionStringBuilder { DataSource = Path.Combine(options.StateFolder!, "journal.db") }.ToString());
    }

    private static Config Sql(string provider, string connection)
    {
        var store = $"connection-string = {Quote(connection)}, provider-name = {Quote(provider)}";
        return ConfigurationFactory.ParseString(
            $$"""
            akka.persistence.journal { plugin = "akka.persistence.journal.sql", sql { {{store}} } }
            akka.persistence.snapshot-store { plugin = "akka.persistence.snapshot-store.sql", sql { {{store}} } }
            """).WithFallback(SqlPersistence.DefaultConfiguration);
    }

    // A leader that hangs between writing and committing would keep its successor from writing the next event for as long as it hangs.
    private static string WithoutIdleTransactions(string database)
    {
        const string setting = "idle_in_transaction_session_timeout";
        NpgsqlConnectionStringBuilder connection;
        try
        {
            connection = new NpgsqlConnectionStringBuilder(database);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw new UsageException(
                $"compo.persistence.connection-string cannot be read ({exception.Message.TrimEnd('.')}); expected one such as \"Host=db;Database=compo;Username=compo\".", exception);
        }
        if (connection.Options?.Contains(setting, StringComparison.Ordinal) != true)
            connection.Options = $"{connection.Options} -c {setting}=5s".Trim();
        return connection.ConnectionString;
    }

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
