using System.Collections.Concurrent;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Networks;

/// <summary>
/// Hosts that are no more than names: every node is reached through a proxy, which holds back what passes between hosts that are cut off from each
/// other. For machines on which network namespaces may not be made.
/// </summary>
internal sealed class ProxyNetwork : TestNetwork
{
    private const string Loopback = "127.0.0.1";

    private readonly ConcurrentDictionary<int, string> _hosts = [];
    private readonly List<ProxyLine> _lines = [];
    private readonly Lock _lock = new();
    private HashSet<(string, string)> _cuts = [];
    // Done as soon as something has changed.
    private TaskCompletionSource _change = NewChange();

    /// <inheritdoc/>
    public override string Subnet => $"{Loopback}/32";

    /// <inheritdoc/>
    public override bool IsReachable => true;

    /// <inheritdoc/>
    public override string AddressOf(string host) => Loopback;

    /// <inheritdoc/>
    public override int ListeningPortOf(string host, int port)
    {
        var listening = FreePorts.Next();
        _hosts[port] = host;
        _lines.Add(new ProxyLine(port, listening, caller => OpenAsync(caller, host)));
        return listening;
    }

    /// <inheritdoc/>
    public override string[] On(string host, params string[] commandLine) => commandLine;

    /// <inheritdoc/>
    public override Task CutAsync(string[] side, string[] other)
    {
        Change([.. side.SelectMany(a => other.SelectMany(b => new[] { (a, b), (b, a) }))]);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task HealAsync()
    {
        Change([]);
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var line in _lines)
            await line.DisposeAsync();
    }

    // Until the two hosts reach each other. Who is no host, a console say, reaches all.
    private async Task OpenAsync(int caller, string host)
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (!_hosts.TryGetValue(caller, out var from) || !_cuts.Contains((from, host)))
                    return;
                change = _change.Task;
            }
            await change;
        }
    }

    private void Change(HashSet<(string, string)> cuts)
    {
        lock (_lock)
        {
            _cuts = cuts;
            _change.SetResult();
            _change = NewChange();
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
