using ComPO.EndToEnd.Tests.Networks;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A PostgreSQL server of the test's own, on a free port; it goes with the test.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The host it is on in a network of the test's own.</summary>
    public const string Host = "database";

    private readonly string _folder;
    private readonly RunningProcess _process;

    private PostgresServer(string folder, RunningProcess process, string connectionString) =>
        (_folder, _process, ConnectionString) = (folder, process, connectionString);

    /// <summary>How a node reaches it.</summary>
    public string ConnectionString { get; }

    /// <summary>Makes a database cluster in a folder and serves it; skips the test where PostgreSQL is not installed.</summary>
    /// <param name="network">Where it is the host <c>database</c>; the loopback address when there is none.</param>
    public static async Task<PostgresServer> StartAsync(TestNetwork? network = null)
    {
        const string versions = "/usr/lib/postgresql";
        if (!Directory.Exists(versions))
            Assert.Skip($"PostgreSQL is not in {versions}; the package postgresql brings it.");
        var programs = Path.Combine(Directory.GetDirectories(versions).Order(StringComparer.Ordinal).Last(), "bin");
        var folder = Directory.CreateTempSubdirectory("compo-postgres-").FullName;
        var (host, port) = (network?.AddressOf(Host) ?? "127.0.0.1", FreePorts.Next());
        string[] On(params string[] command) => network?.On(Host, command) ?? command;
        await EndAsync("chmod", "0777", folder);
        var data = Path.Combine(folder, "data");
        await EndAsync(AsServer(programs, "initdb", "-D", data, "-U", "compo", "--auth=trust", "--no-sync"));
        if (network is not null)
            await EndAsync(AsServer("/bin", "sh", "-c", $"echo 'host all all {network.Subnet} trust' >> {data}/pg_hba.conf"));
        var server = On(AsServer(programs, "postgres", "-D", data, "-p", $"{port}", "-h", host, "-k", folder, "-c", "log_min_messages=fatal"));
        var process = RunningProcess.Start(server[0], server[1..], "/");
        await IsReadyAsync(On(AsServer(programs, "pg_isready", "-q", "-h", host, "-p", $"{port}")));
        return new PostgresServer(folder, process, $"Host={host};Port={port};Database=postgres;Username=compo");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task IsReadyAsync(string[] question)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while ((await Programs.EndAsync(RunningProcess.Start(question[0], question[1..], "/"))).ExitCode != 0)
            await Task.Delay(100, patience.Token);
    }

    private static async Task EndAsync(params string[] command)
    {
        var ended = await Programs.EndAsync(RunningProcess.Start(command[0], command[1..], "/"));
        Assert.True(ended.ExitCode == 0, ended.Error);
    }

    // It refuses to run as root, so root lends it a user of its own.
    private static string[] AsServer(string folder, string program, params string[] arguments) => Environment.UserName == "root"
        ? ["runuser", "-u", "postgres", "--", Path.Combine(folder, program), .. arguments]
        : [Path.Combine(folder, program), .. arguments];
}
