using ComPO.Admin.Commands;
using ComPO.Admin.Connections;
using ComPO.Admin.Prompt;
using ComPO.Admin.Terminals;
using ComPO.Core.Errors;

namespace ComPO.Admin;

/// <summary>The process: one command, or the interactive console.</summary>
internal static class AdminConsole
{
    /// <summary>Runs the command that the arguments name; without one, on a terminal, the interactive console.</summary>
    public static async Task<ExitCode> RunAsync(string[] arguments, Terminal terminal, Patience? patience = null)
    {
        await using var connections = new ConnectionCache(patience ?? new Patience());
        var commandLine = new CommandLine(terminal, connections);
        if (!commandLine.IsBare(arguments))
            return await commandLine.RunAsync(arguments);
        if (terminal.IsInteractive)
            return await new InteractiveConsole(terminal, commandLine, arguments).RunAsync();
        await commandLine.RunAsync(["--help"]);
        return ExitCode.Usage;
    }
}
