using System.CommandLine;

namespace ComPO.Admin.Commands;

/// <summary>The commands. Parsing, help and the interactive console are all made of this table.</summary>
internal static class CommandTable
{
    /// <summary>The rows, in the order in which help lists them.</summary>
    public static IReadOnlyList<ConsoleCommand> Rows { get; } =
    [
        StartCommand.Row,
        StatusCommand.Row,
        WatchCommand.Row,
        PauseCommand.Row,
        ResumeCommand.Row,
        StopCommand.Row,
        ReportCommand.Row,
    ];

    /// <summary>The table as a parser.</summary>
    public static RootCommand BuildParser()
    {
        var root = new RootCommand("The console of a ComPO cluster: starts, follows and stops runs. Without a command, on a terminal, it is interactive.");
        // Without this the parser would take the lack of a command for an error; it is how the interactive console is asked for.
        root.SetAction(_ => { });
        foreach (var option in SharedOptions.All)
            root.Options.Add(option);
        foreach (var row in Rows)
        {
            var command = new Command(row.Name, row.Description);
            foreach (var option in row.Options)
                command.Options.Add(option);
            command.Options.Add(new VersionOption());
            root.Subcommands.Add(command);
        }
        return root;
    }
}
