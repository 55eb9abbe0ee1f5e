using ComPO.Admin.Commands;
using ComPO.Admin.Connections;
using ComPO.Admin.Terminals;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>The console in the test's own process, with its lines to the cluster kept open: what asks often costs no process each time.</summary>
internal sealed class StandingConsole : IAsyncDisposable
{
    private readonly Dictionary<string, ConnectionCache> _lines = [];

    /// <summary>Runs one command over the line to a seed.</summary>
    public async Task<Ended> RunAsync(string seed, string[] arguments)
    {
        if (!_lines.TryGetValue(seed, out var line))
            _lines[seed] = line = new ConnectionCache(new Patience());
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await new CommandLine(new Terminal(TextReader.Null, output, error, IsInteractive: false, IsLive: false), line).RunAsync(arguments);
        return new Ended((int)exitCode, output.ToString().Trim(), error.ToString().Trim());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var line in _lines.Values)
            await line.DisposeAsync();
    }
}
