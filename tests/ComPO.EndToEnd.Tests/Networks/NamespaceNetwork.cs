using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Networks;

/// <summary>
/// A network of the test's own: each host a network namespace, all on one switch, so that any two can be cut off from each other. It touches
/// nothing of the machine's own network and goes with the test.
/// </summary>
internal sealed class NamespaceNetwork : TestNetwork
{
    private readonly string _prefix = $"compo{Environment.ProcessId}";
    private readonly Dictionary<string, string> _addresses = [];
    private readonly List<(string From, string To)> _cuts = [];

    private NamespaceNetwork()
    {
    }

    private string Switch => $"{_prefix}-switch";

    /// <summary>Makes hosts; null where network namespaces may not be made.</summary>
    public static async Task<NamespaceNetwork?> TryStartAsync(params string[] hosts)
    {
        var network = new NamespaceNetwork();
        if (await TryAsync("netns", "add", network.Switch) is not null)
            return null;
        await IpAsync("-n", network.Switch, "link", "add", "switch", "type", "bridge");
        await IpAsync("-n", network.Switch, "link", "set", "switch", "up");
        for (var i = 0; i < hosts.Length; i++)
            await network.AddAsync(hosts[i], $"10.77.0.{i + 1}", $"port{i + 1}");
        return network;
    }

    /// <inheritdoc/>
    public override string Subnet => "10.77.0.0/24";

    /// <inheritdoc/>
    public override bool IsReachable => false;

    /// <inheritdoc/>
    public override string AddressOf(string host) => _addresses[host];

    /// <inheritdoc/>
    public override int ListeningPortOf(string host, int port) => port;

    /// <inheritdoc/>
    public override string[] On(string host, params string[] commandLine) => ["ip", "netns", "exec", NamespaceOf(host), .. commandLine];

    /// <inheritdoc/>
    public override async Task CutAsync(string[] side, string[] other)
    {
        foreach (var (from, to) in side.SelectMany(a => other.SelectMany(b => new[] { (a, b), (b, a) })))
        {
            await IpAsync("-n", NamespaceOf(from), "route", "add", "blackhole", $"{_addresses[to]}/32");
            _cuts.Add((from, to));
        }
    }

    /// <inheritdoc/>
    public override async Task HealAsync()
    {
        foreach (var (from, to) in _cuts)
            await IpAsync("-n", NamespaceOf(from), "route", "del", "blackhole", $"{_addresses[to]}/32");
        _cuts.Clear();
    }

    public override async ValueTask DisposeAsync()
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
