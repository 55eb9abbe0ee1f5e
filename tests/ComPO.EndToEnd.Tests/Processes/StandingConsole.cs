using ComPO.Admin.Commands;
using ComPO.Admin.Connections;
using ComPO.Admin.Terminals;

namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>
/// The console in the test's own process, with its lines to the cluster kept open: the start of a process takes more of the machine than most commands
/// do. Where the process itself is the matter, as its signals and files, or where it must run elsewhere, <see cref="Programs"/> starts one.
/// </summary>
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
