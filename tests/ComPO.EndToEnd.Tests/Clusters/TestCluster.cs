using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ComPO.EndToEnd.Tests.Processes;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Nodes of one cluster as processes that a test may kill, pause and start again, each with its port and its state.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>kill -9.</summary>
    public const int Kill = 9;

    /// <summary>SIGSTOP and SIGCONT: a machine that hangs for a while.</summary>
    public const int Pause = 19, Continue = 18;

    private readonly TemporaryFolder _folder = new();
    private readonly SortedDictionary<string, RunningProcess> _running = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ports = [];
    private readonly string[] _seeds;
    private readonly string _seedRoles;
    private readonly string? _configuration;

    /// <param name="seeds">Names of the seeds.</param>
    /// <param name="hocon">What all nodes are configured with.</param>
    /// <param name="seedRoles">What the seeds are.</param>
    public TestCluster(string[] seeds, string hocon = "", string seedRoles = "seed")
    {
        (_seeds, _seedRoles) = (seeds, seedRoles);
        _configuration = hocon.Length == 0 ? null : _folder.Write("cluster.conf", hocon);
        foreach (var seed in seeds)
            _ports[seed] = FreePort();
    }

    /// <summary>The folder of the cluster's files.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>The nodes that are up, by name.</summary>
    public IReadOnlyCollection<string> Running => _running.Keys;

    private string Contact => AddressOf(_seeds[0]);

    /// <summary>Starts a node, for the first time or again; returns once it is up.</summary>
    public async Task StartAsync(string name, params string[] more)
    {
        var process = Launch(name, more);
        await process.LineAsync(line => line.EndsWith("is up", StringComparison.Ordinal));
    }

    /// <summary>Starts a node and does not wait for it.</summary>
    public RunningProcess Launch(string name, params string[] more)
    {
        if (!_ports.TryGetValue(name, out var port))
            _ports[name] = port = FreePort();
        var isSeed = _seeds.Contains(name);
        string[] join = isSeed && _seeds.Length == 1 ? [] : [.. _seeds.SelectMany(seed => new[] { "--seed-node", AddressOf(seed) })];
        return _running[name] = Programs.StartNode(
            ["--role", isSeed ? _seedRoles : "trainer", "--port", $"{port}", "--threads", "1", "--state", _folder[name], .. join,
                .. _configuration is null ? (string[])[] : ["--config", _configuration], .. more]);
    }

    /// <summary>Sends a signal to a node.</summary>
    public void Send(string name, int signal) => _running[name].Send(signal);

    /// <summary>Ends a node by a signal.</summary>
    public async Task EndAsync(string name, int signal)
    {
        _running.Remove(name, out var process);
        await using (process)
        {
            process!.Send(signal);
            await process.ExitCodeAsync();
        }
    }

    /// <summary>Starts a run; asks again while the cluster is between two supervisors.</summary>
    public async Task StartRunAsync(string run, params string[] options)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            var ended = await AdminAsync(["start", "--run", run, "--output", _folder[run], "--json", .. options]);
            if (ended.ExitCode == 0)
                return;
            Assert.True(ended.ExitCode is 4 or 5, ended.Error);
            await Task.Delay(500, patience.Token);
        }
    }

    /// <summary>The status, once it can be had and is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> isWanted, double minutes = 5)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        while (true)
        {
            var ended = await AdminAsync("status", "--json");
            if (ended.ExitCode == 0 && isWanted(ended.Json))
                return ended.Json;
            await Task.Delay(200, patience.Token);
        }
    }

    /// <summary>The digest that the run ends with; its log has every iteration once.</summary>
    public async Task<string> HeadOfCompletedAsync(string run, double minutes = 5)
    {
        var status = await UntilAsync(status => status.GetProperty("phase").GetString() is "completed" or "failed" or "stopped" or "exhausted", minutes);
        Assert.Equal("completed", status.GetProperty("phase").GetString());
        var log = RunLog.Read(_folder[run]);
        Assert.Equal(Enumerable.Range(0, status.GetProperty("iterations").GetInt32()), log.Iterations.Select(line => line.GetProperty("iteration").GetInt32()));
        var head = status.GetProperty("headDigest").GetString()!;
        Assert.Equal(head, log.Iterations[^1].GetProperty("headDigest").GetString());
        return head;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values)
        {
            process.Send(Continue);
            await process.DisposeAsync();
        }
        _folder.Dispose();
    }

    /// <summary>Runs a command of the console against whichever seed answers.</summary>
    public async Task<Ended> AdminAsync(params string[] arguments)
    {
        var ended = await Programs.AdminAsync([.. arguments, "--contact", Contact]);
        foreach (var seed in _seeds.Skip(1))
        {
            if (ended.ExitCode != 4)
                return ended;
            ended = await Programs.AdminAsync([.. arguments, "--contact", AddressOf(seed)]);
        }
        return ended;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string AddressOf(string name) => $"akka.tcp://ComPO@127.0.0.1:{_ports[name]}";
}
