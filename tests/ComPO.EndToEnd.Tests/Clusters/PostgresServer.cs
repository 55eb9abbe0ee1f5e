using System.Net;
using System.Net.Sockets;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A PostgreSQL server of the test's own, on a free port of the loopback address; it goes with the test.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly RunningProcess _process;

    private PostgresServer(string folder, RunningProcess process, int port) => (_folder, _process, Port) = (folder, process, port);

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>How a node reaches it.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Database=postgres;Username=compo";

    /// <summary>Makes a database cluster in a folder and serves it; skips the test where PostgreSQL is not installed.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        const string versions = "/usr/lib/postgresql";
        if (!Directory.Exists(versions))
            Assert.Skip($"PostgreSQL is not in {versions}; the package postgresql brings it.");
        var programs = Path.Combine(Directory.GetDirectories(versions).Order(StringComparer.Ordinal).Last(), "bin");
        var folder = Directory.CreateTempSubdirectory("compo-postgres-").FullName;
        var port = FreePort();
        await RunAsync("chmod", "0777", folder);
        await AsServer(programs, "initdb", "-D", Path.Combine(folder, "data"), "-U", "compo", "--auth=trust", "--no-sync").EndAsync();
        var process = AsServer(
            programs, "postgres", "-D", Path.Combine(folder, "data"), "-p", $"{port}", "-h", "127.0.0.1", "-k", folder, "-c", "log_min_messages=fatal").Start();
        await IsReadyAsync(port);
        return new PostgresServer(folder, process, port);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A port that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task IsReadyAsync(int port)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100, patience.Token);
            }
        }
    }

    private static async Task RunAsync(string program, params string[] arguments) =>
        (await Programs.EndAsync(RunningProcess.Start(program, arguments))).Succeeded();

    // It refuses to run as root, so root lends it a user of its own.
    private static ServerCommand AsServer(string programs, string program, params string[] arguments) => Environment.UserName == "root"
        ? new ServerCommand("runuser", ["-u", "postgres", "--", Path.Combine(programs, program), .. arguments])
        : new ServerCommand(Path.Combine(programs, program), arguments);

    private sealed record ServerCommand(string Program, string[] Arguments)
    {
        public RunningProcess Start() => RunningProcess.Start(Program, Arguments, "/");

        public async Task EndAsync()
        {
            var ended = await Programs.EndAsync(Start());
            Assert.True(ended.ExitCode == 0, ended.Error);
        }
    }
}
