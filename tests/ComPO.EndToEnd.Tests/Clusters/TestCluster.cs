using System.Text.Json;
using ComPO.EndToEnd.Tests.Networks;
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
    private readonly Dictionary<string, int> _ownPorts = [];
    private readonly string _hocon;
    private readonly Func<int, int>? _linkTo;
    private readonly TestNetwork? _network;
    private readonly StandingConsole _console = new();

    /// <param name="seeds">Names of the seeds.</param>
    /// <param name="hocon">What all nodes are configured with.</param>
    /// <param name="seedRoles">What the seeds are.</param>
    /// <param name="network">Where each node is a host; the loopback address when there is none.</param>
    /// <param name="linkTo">Makes a line that ends at a port by which others reach a node, and gives the port at which the node itself listens.</param>
    public TestCluster(string[] seeds, string hocon = "", string seedRoles = "seed", TestNetwork? network = null, Func<int, int>? linkTo = null)
    {
        (_seeds, _hocon, _seedRoles, _network, _linkTo) = (seeds, hocon, seedRoles, network, linkTo);
        Contacts = seeds;
        foreach (var seed in seeds)
            _ports[seed] = FreePorts.Next();
    }

    /// <summary>The folder of the cluster's files.</summary>
    public TemporaryFolder Folder => _folder;

    /// <summary>The seeds that consoles ask: all, unless a test wants to hear one side alone.</summary>
    public IReadOnlyList<string> Contacts { get; set; }

    /// <summary>What consoles are given beside their command.</summary>
    public string[] ConsoleOptions { get; init; } = [];

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
            command => _network?.On(name, command) ?? command,
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

    /// <summary>Starts a run.</summary>
    public Task StartRunAsync(string run, params string[] options) => CommandAsync(["start", "--run", run, "--output", _folder[run], "--json", .. options]);

    /// <summary>Has a command acknowledged; asks again while the cluster is between two supervisors.</summary>
    public async Task CommandAsync(params string[] command)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (await AdminAsync(command) is { ExitCode: not 0 } ended)
        {
            Assert.True(ended.ExitCode is 4 or 5, ended.Error);
            await Task.Delay(500, patience.Token);
        }
    }

    /// <summary>
    /// Has a run started over a line to a seed that is open already, so that between the acknowledgement and what the test does next lie milliseconds.
    /// </summary>
    public async Task StartRunAtOnceAsync(string seed, string run, params string[] options)
    {
        (await _console.RunAsync(seed, ["status", "--contact", AddressOf(seed), .. ConsoleOptions])).Succeeded();
        (await _console.RunAsync(
            seed, ["start", "--run", run, "--output", _folder[run], "--json", .. options, "--contact", AddressOf(seed), .. ConsoleOptions])).Succeeded();
    }

    /// <summary>The status, once it can be had and is as wanted.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> isWanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (true)
        {
            var ended = await StatusAsync();
            if (ended.ExitCode == 0 && isWanted(ended.Json))
                return ended.Json;
            // A run that has failed does nothing any more.
            if (patience.IsCancellationRequested || ended.ExitCode == 0 && ended.Json.GetProperty("phase").GetString() == "failed")
                throw new TimeoutException($"It did not come to pass; the last answer was {ended.Output}{ended.Error}\n{string.Join('\n', _running.Keys.Select(LastWordsOf))}");
            await Task.Delay(PollingInterval);
        }
    }

    /// <summary>
    /// Asks every seed by itself who leads, which is to be the same for all of them, with the same run as far: and of all of them one alone holds a supervisor.
    /// </summary>
    public async Task HasOneSupervisorAsync()
    {
        // A seed that has joined again may take a moment to find out.
        var views = new List<string>();
        var holders = new List<string>();
        foreach (var seed in _seeds)
        {
            var status = await AnswerOfAsync(seed, "status", "--json");
            views.Add(string.Join(' ', ((string[])["supervisor", "run", "phase", "committed", "headDigest"]).Select(member => status.GetProperty(member))));
            var actors = await AnswerOfAsync(seed, "actor", "hierarchy", "--depth", "2", "--json");
            if (actors.GetProperty("paths").EnumerateArray().Any(path => path.GetString() == "/user/supervisor/singleton"))
                holders.Add(AddressOf(seed));
        }
        Assert.Single(views.Distinct());
        Assert.StartsWith(Assert.Single(holders), views[0], StringComparison.Ordinal);
    }

    private async Task<JsonElement> AnswerOfAsync(string seed, params string[] command)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            var ended = await Programs.AdminAsync(line => _network?.On(seed, line) ?? line, [.. command, "--contact", AddressOf(seed), .. ConsoleOptions]);
            if (ended.ExitCode == 0)
                return ended.Json;
            Assert.True(ended.ExitCode == 4, $"{seed}: {ended.Error}");
            await Task.Delay(500, patience.Token);
        }
    }

    // What a test that waited in vain is understood by.
    private string LastWordsOf(string name) => $"--- {name}\n{_running[name].Output}\n{string.Join('\n', LogOf(name).Split('\n').TakeLast(60))}";

    /// <summary>The digest that the run ends with; its log has every iteration once.</summary>
    public async Task<string> HeadOfCompletedAsync(string run)
    {
        var (status, head) = await EndedAsync(run, "completed");
        Assert.Equal(status.GetProperty("iterations").GetInt32(), status.GetProperty("committed").GetInt32());
        return head;
    }

    /// <summary>Ends a run that would go on for long. Its log has every iteration once.</summary>
    /// <returns>After how many iterations it was, and with which digest.</returns>
    public async Task<(int Iterations, string Head)> StopRunAsync(string run)
    {
        await CommandAsync("stop", "--run", run);
        var (status, head) = await EndedAsync(run, "stopped");
        return (status.GetProperty("committed").GetInt32(), head);
    }

    private async Task<(JsonElement Status, string Head)> EndedAsync(string run, string phase)
    {
        var status = await UntilAsync(status => status.GetProperty("hasEnded").GetBoolean());
        Assert.Equal(phase, status.GetProperty("phase").GetString());
        var log = RunLog.Read(_folder[run]);
        Assert.Equal(Enumerable.Range(0, status.GetProperty("committed").GetInt32()), log.Iterations.Select(line => line.GetProperty("iteration").GetInt32()));
        var head = status.GetProperty("headDigest").GetString()!;
        Assert.Equal(head, log.Iterations[^1].GetProperty("headDigest").GetString());
        return (status, head);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values)
        {
            process.Send(Continue);
            await process.DisposeAsync();
        }
        await _console.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Runs a command of the console against whichever seed answers.</summary>
    public Task<Ended> AdminAsync(params string[] arguments) =>
        AtAnySeedAsync(arguments, (seed, line) => Programs.AdminAsync(command => _network?.On(seed, command) ?? command, line));

    private bool IsReachable => _network is not { IsReachable: false };

    private TimeSpan PollingInterval => TimeSpan.FromMilliseconds(IsReachable ? 250 : 2000);

    // A process for each of hundreds of questions would take more of the machine than the nodes that are asked; on hosts of their own there is no other way.
    private Task<Ended> StatusAsync() =>
        IsReachable ? AtAnySeedAsync(["status", "--json"], (seed, line) => _console.RunAsync(seed, line)) : AdminAsync("status", "--json");

    private async Task<Ended> AtAnySeedAsync(string[] arguments, Func<string, string[], Task<Ended>> askAsync)
    {
        Ended? ended = null;
        foreach (var seed in Contacts.OrderByDescending(IsUp))
        {
            ended = await askAsync(seed, [.. arguments, "--contact", AddressOf(seed), .. ConsoleOptions]);
            if (ended.ExitCode != 4)
                break;
        }
        return ended!;
    }

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
