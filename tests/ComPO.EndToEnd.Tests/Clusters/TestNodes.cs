using ComPO.EndToEnd.Tests.Networks;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>Nodes of one cluster as processes that a test may kill, pause and start again, each with its port and its state.</summary>
internal abstract class TestNodes : IAsyncDisposable
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
    private readonly Dictionary<string, int> _ownPorts = [];
    private readonly string _hocon;
    private readonly Func<int, int>? _linkTo;
    private readonly TestNetwork? _network;

    /// <param name="seeds">Names of the seeds.</param>
    /// <param name="hocon">What all nodes are configured with.</param>
    /// <param name="seedRoles">What the seeds are.</param>
    /// <param name="network">Where each node is a host; the loopback address when there is none.</param>
    /// <param name="linkTo">Makes a line that ends at a port by which others reach a node, and gives the port at which the node itself listens.</param>
    protected TestNodes(string[] seeds, string hocon, string seedRoles, TestNetwork? network, Func<int, int>? linkTo)
    {
        (_seeds, _hocon, _seedRoles, _network, _linkTo) = (seeds, hocon, seedRoles, network, linkTo);
        foreach (var seed in seeds)
            _ports[seed] = FreePorts.Next();
    }

    /// <summary>The folder of the cluster's files.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>Names of the seeds.</summary>
    protected IReadOnlyList<string> Seeds => _seeds;

    /// <summary>Whether the test's own process can call the nodes.</summary>
    protected bool IsReachable => _network is not { IsReachable: false };

    /// <summary>What a node is configured with beside what all are, by its name.</summary>
    public Func<string, string> HoconOf { get; init; } = _ => "";

    /// <summary>How many threads each node computes with.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The nodes that are up, by name.</summary>
    public IReadOnlyCollection<string> Running => _running.Keys;

    /// <summary>Starts a node, for the first time or again; returns once it is up.</summary>
    public async Task StartAsync(string name, params string[] more)
    {
        var process = Launch(name, more);
        await process.LineAsync(line => line.EndsWith("is up", StringComparison.Ordinal));
    }

    /// <summary>Starts a node and does not wait for it.</summary>
    public RunningProcess Launch(string name, params string[] more)
    {
        if (!_ports.ContainsKey(name))
            _ports[name] = FreePorts.Next();
        var isSeed = _seeds.Contains(name);
        string[] join = isSeed && _seeds.Length == 1 ? [] : [.. _seeds.SelectMany(seed => new[] { "--seed-node", AddressOf(seed) })];
        return _running[name] = Programs.StartNode(
            command => On(name, command),
            ["--role", isSeed ? _seedRoles : "trainer", "--hostname", HostOf(name), "--port", $"{OwnPortOf(name)}", "--threads", $"{Threads}",
                "--state", _folder[name], "--config", ConfigurationOf(name), .. join, .. more]);
    }

    /// <summary>Whether a node is a member of the cluster, as far as it knows.</summary>
    public bool IsUp(string name) => _running.TryGetValue(name, out var process) && process.Output.EndsWith("is up", StringComparison.Ordinal);

    /// <summary>Whether a node has ever been taken for dead, as far as it knows.</summary>
    public bool HasLostItsCluster(string name) => _running[name].Output.Contains("has lost its cluster", StringComparison.Ordinal);

    /// <summary>All that a node has logged.</summary>
    public string LogOf(string name) => _running[name].Error;

    /// <summary>Waits for a line of a node's output, from its start on.</summary>
    public Task<string> LineAsync(string name, string ending) => _running[name].LineAsync(line => line.EndsWith(ending, StringComparison.Ordinal));

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

    /// <summary>Kills all that are up, at once.</summary>
    public Task KillAllAsync() => Task.WhenAll(Running.ToList().Select(name => EndAsync(name, Kill)));

    // What a test that waited in vain is understood by.
    protected string LastWords() => string.Join('\n', _running.Keys.Select(LastWordsOf));

    private string LastWordsOf(string name) => $"--- {name}\n{_running[name].Output}\n{string.Join('\n', LogOf(name).Split('\n').TakeLast(60))}";

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values)
        {
            process.Send(Continue);
            await process.DisposeAsync();
        }
        _folder.Dispose();
    }

    /// <summary>A command line that runs another where a node is.</summary>
    protected string[] On(string name, string[] command) => _network?.On(name, command) ?? command;

    private int OwnPortOf(string name)
    {
        if (!_ownPorts.TryGetValue(name, out var own))
            _ownPorts[name] = own = _linkTo?.Invoke(_ports[name]) ?? _network?.ListeningPortOf(name, _ports[name]) ?? _ports[name];
        return own;
    }

    private string ConfigurationOf(string name) => _folder.Write(
        $"{name}.conf", $"{_hocon}\n{HoconOf(name)}\n{(OwnPortOf(name) == _ports[name] ? "" : $"akka.remote.dot-netty.tcp.public-port = {_ports[name]}\n")}");

    private string HostOf(string name) => _network?.AddressOf(name) ?? "127.0.0.1";

    /// <summary>The port that a node is reached at.</summary>
    public int PortOf(string name) => _ports[name];

    /// <summary>Where a node is reached.</summary>
    public string AddressOf(string name) => $"akka.tcp://ComPO@{HostOf(name)}:{_ports[name]}";
}
