using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>
/// A network of the test's own: each host a network namespace, all on one switch, so that any two can be cut off from each other. It touches
/// nothing of the machine's own network and goes with the test.
/// </summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    /// <summary>The addresses of its hosts.</summary>
    public const string Subnet = "10.77.0.0/24";

    private readonly string _prefix = $"compo{Environment.ProcessId}";
    private readonly Dictionary<string, string> _addresses = [];
    private readonly List<(string From, string To)> _cuts = [];

    private TestNetwork()
    {
    }

    private string Switch => $"{_prefix}-switch";

    /// <summary>Makes hosts; skips the test where network namespaces may not be made.</summary>
    public static async Task<TestNetwork> StartAsync(params string[] hosts)
    {
        var network = new TestNetwork();
        if ((await TryAsync("netns", "add", network.Switch)) is { } cause)
            Assert.Skip($"Network namespaces cannot be made here: {cause}");
        await IpAsync("-n", network.Switch, "link", "add", "switch", "type", "bridge");
        await IpAsync("-n", network.Switch, "link", "set", "switch", "up");
        for (var i = 0; i < hosts.Length; i++)
            await network.AddAsync(hosts[i], $"10.77.0.{i + 1}", $"port{i + 1}");
        return network;
    }

    /// <summary>A host's address.</summary>
    public string AddressOf(string host) => _addresses[host];

    /// <summary>A command line that runs another on a host.</summary>
    public string[] On(string host, params string[] commandLine) => ["ip", "netns", "exec", NamespaceOf(host), .. commandLine];

    /// <summary>Nothing passes between the hosts of one side and those of the other any more.</summary>
    public async Task CutAsync(string[] side, string[] other)
    {
        foreach (var (from, to) in side.SelectMany(a => other.SelectMany(b => new[] { (a, b), (b, a) })))
        {
            await IpAsync("-n", NamespaceOf(from), "route", "add", "blackhole", $"{_addresses[to]}/32");
            _cuts.Add((from, to));
        }
    }

    /// <summary>Everyone reaches everyone again.</summary>
    public async Task HealAsync()
    {
        foreach (var (from, to) in _cuts)
            await IpAsync("-n", NamespaceOf(from), "route", "del", "blackhole", $"{_addresses[to]}/32");
        _cuts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _addresses.Keys)
            await TryAsync("netns", "del", NamespaceOf(host));
        await TryAsync("netns", "del", Switch);
    }

    private async Task AddAsync(string host, string address, string port)
    {
        var name = NamespaceOf(host);
        _addresses.Add(host, address);
        await IpAsync("netns", "add", name);
        await IpAsync("-n", name, "link", "set", "lo", "up");
        await IpAsync("-n", name, "link", "add", "uplink", "type", "veth", "peer", "name", port, "netns", Switch);
        await IpAsync("-n", name, "address", "add", $"{address}/24", "dev", "uplink");
        await IpAsync("-n", name, "link", "set", "uplink", "up");
        await IpAsync("-n", Switch, "link", "set", port, "master", "switch", "up");
    }

    private string NamespaceOf(string host) => $"{_prefix}-{host}";

    private static async Task IpAsync(params string[] arguments) => Assert.Null(await TryAsync(arguments));

    private static async Task<string?> TryAsync(params string[] arguments)
    {
        try
        {
            var ended = await Programs.EndAsync(RunningProcess.Start("ip", arguments));
            return ended.ExitCode == 0 ? null : $"ip {string.Join(' ', arguments)}: {ended.Error}";
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return missing.Message;
        }
    }
}
