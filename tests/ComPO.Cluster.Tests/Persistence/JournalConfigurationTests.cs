using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Persistence;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Errors;
using LinqToDB.Data;
using Npgsql;

namespace ComPO.Cluster.Tests.Persistence;

public sealed class JournalConfigurationTests : IDisposable
{
    private static readonly Address Self = new("akka.tcp", "ComPO", "127.0.0.1", 4053);
    private static readonly Address Other = new("akka.tcp", "ComPO", "127.0.0.1", 4054);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_single_seed_has_a_file_in_its_state_folder_and_without_one_the_journal_is_in_memory()
    {
        Assert.Contains(_folder["state"], Connection(Config("sqlite"), Seed(Self)), StringComparison.Ordinal);
        Assert.Equal("akka.persistence.journal.inmem", JournalConfiguration.Of(Config("sqlite"), Seed() with { StateFolder = null }).GetString("akka.persistence.journal.plugin"));
        Assert.Equal("akka.persistence.journal.inmem", JournalConfiguration.Of(Config("memory"), Seed()).GetString("akka.persistence.journal.plugin"));
    }

    [Fact]
    public void Connections_to_a_file_wait_for_each_other_within_the_library()
    {
        var file = JournalConfiguration.ConnectionsOf(JournalConfiguration.Of(Config("sqlite"), Seed(Self)))!;
        using var connection = new DataConnection(file);
        using var later = new DataConnection(file);

        Assert.All([connection, later], one => Assert.Equal(5000, one.Execute<int>("PRAGMA busy_timeout")));
        // One write to the disk a commit, and none of them left for later.
        Assert.All([connection, later], one => Assert.Equal(("wal", 2), (one.Execute<string>("PRAGMA journal_mode"), one.Execute<int>("PRAGMA synchronous"))));
        Assert.StartsWith(_folder["state"], connection.Execute<string>("SELECT file FROM pragma_database_list"), StringComparison.Ordinal);
        Assert.Null(JournalConfiguration.ConnectionsOf(JournalConfiguration.Of(Config("postgresql", "Host=db"), Seed(Self, Other))));
        Assert.Null(JournalConfiguration.ConnectionsOf(JournalConfiguration.Of(Config("memory"), Seed())));
    }

    [Fact]
    public async Task A_seed_makes_its_connections_to_a_file_so()
    {
        await using var node = await TestNode.StartAsync(["seed"], null, state: _folder["state"]);

        Assert.True(node.System.Settings.Setup.Get<DataOptionsSetup>().HasValue);
    }

    [Theory]
    [InlineData("sqlite", "", true, "an SQLite file")]
    [InlineData("memory", "", true, "in its memory")]
    [InlineData("postgresql", "", true, "connection-string")]
    [InlineData("postgresql", "Host=db", false, "--seed-node")]
    [InlineData("postgresql", "Hostess=db", true, "hostess")]
    [InlineData("mysql", "", false, "mysql")]
    public void A_journal_that_cannot_serve_the_cluster_is_refused(string kind, string database, bool hasOther, string word)
    {
        var refusal = Assert.Throws<UsageException>(() => JournalConfiguration.Of(Config(kind, database), hasOther ? Seed(Self, Other) : Seed()));
        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_that_keeps_no_state_is_refused_beside_others_too()
    {
        var refusal = Assert.Throws<UsageException>(() => JournalConfiguration.Of(Config("sqlite"), Seed(Self, Other) with { StateFolder = null }));
        Assert.Contains("in its memory", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("memory")]
    public void A_single_seed_may_name_itself_as_it_is_called_with_certificates(string kind) =>
        Assert.NotEmpty(JournalConfiguration.Of(Config(kind), Seed(Self.WithProtocol("akka.ssl.tcp"))).GetString("akka.persistence.journal.plugin"));

    [Fact]
    public void What_a_connection_string_holds_cannot_end_its_quotes()
    {
        const string odd = "Host=db;Password=a\\\"b";
        Assert.Equal("a\\\"b", Database(odd).Password);
    }

    [Fact]
    public void A_leader_that_hangs_in_a_transaction_does_not_keep_the_next_from_writing_unless_the_database_s_owner_wants_it()
    {
        Assert.Equal("-c idle_in_transaction_session_timeout=5s", Database("Host=db").Options);
        Assert.Equal("-c work_mem=8MB -c idle_in_transaction_session_timeout=5s", Database("Host=db;Options=-c work_mem=8MB").Options);
        Assert.Equal("-c idle_in_transaction_session_timeout=0", Database("Host=db;Options=-c idle_in_transaction_session_timeout=0").Options);
    }

    private NpgsqlConnectionStringBuilder Database(string connection) => new(Connection(Config("postgresql", connection), Seed(Self, Other)));

    private static string Connection(Config config, NodeOptions options) =>
        JournalConfiguration.Of(config, options).GetString("akka.persistence.journal.sql.connection-string");

    private static Config Config(string kind, string database = "") => ConfigurationFactory.ParseString(
        $"compo.persistence {{ journal = {kind}, connection-string = \"{database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\" }}");

    private NodeOptions Seed(params Address[] seeds) => new() { Roles = ["seed"], Port = 4053, SeedNodes = seeds, StateFolder = _folder["state"] };
}
