using System.CommandLine.Parsing;
using ComPO.Admin.Commands;
using ComPO.Admin.Terminals;
using ComPO.Core.Errors;
using Spectre.Console;

namespace ComPO.Admin.Prompt;

/// <summary>The console without a command: reads lines, with history and completion on a terminal, and runs each as a command until <c>exit</c>.</summary>
/// <param name="terminal">Where lines come from.</param>
/// <param name="commandLine">What runs them.</param>
/// <param name="shared">Options given when the console was started: they hold for each line that does not say otherwise.</param>
internal sealed class InteractiveConsole(Terminal terminal, CommandLine commandLine, string[] shared)
{
    /// <summary>The line that is printed before each command.</summary>
    public const string PromptText = "compo> ";

    /// <summary>Runs until <c>exit</c> or the end of input.</summary>
    public async Task<ExitCode> RunAsync()
    {
        var history = new LineHistory(terminal.HistoryFile);
        var editor = terminal.Keyboard is { } keyboard ? new LineEditor(keyboard, terminal.Output, history, Completion.Of) : null;
        terminal.Canvas.MarkupLine("[bold]ComPO[/] console. [grey]help lists the commands, Tab completes, exit leaves; Ctrl-C ends a command and leaves its run going.[/]");
        while (true)
        {
            var line = editor is null ? await ReadPlainAsync() : editor.Read(PromptText);
            if (line is null)
                return ExitCode.Done;
            history.Add(line);
            var words = CommandLineParser.SplitCommandLine(line).ToArray();
            switch (words)
            {
                case []:
                    break;
                case ["exit" or "quit"]:
                    return ExitCode.Done;
                case ["help" or "?"]:
                    PrintHelp();
                    break;
                case ["help" or "?", .. var command]:
                    await commandLine.RunAsync([.. command, "--help"]);
                    break;
                default:
                    await commandLine.RunAsync([.. shared, .. words]);
                    break;
            }
        }
    }

    private async Task<string?> ReadPlainAsync()
    {
        terminal.Canvas.Markup($"[green]{PromptText}[/]");
        return await terminal.Input.ReadLineAsync();
    }

    private void PrintHelp()
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("command", "what it does");
        foreach (var row in CommandTable.Rows)
            table.AddRow($"[bold]{row.Name}[/]", Markup.Escape(row.Description));
        table.AddRow("[bold]help[/] [grey]COMMAND[/]", "List the commands, or the options of one.");
        table.AddRow("[bold]exit[/]", "Leave the console; runs go on.");
        terminal.Canvas.Write(table);
    }
}
