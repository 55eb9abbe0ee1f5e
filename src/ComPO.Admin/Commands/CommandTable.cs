using System.CommandLine;
using System.CommandLine.Parsing;

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
        ExportCommand.Row,
        RunsCommand.Row,
        LogCommand.Row,
        TailCommands.Log,
        .. ClusterViewCommands.Rows,
        TailCommands.Cluster,
        .. ClusterChangeCommands.Rows,
        DevicesShowCommand.Row,
        ActorHierarchyCommand.Row,
    ];

    // What stands before a second word and is no command itself.
    private static readonly Dictionary<string, string> Groups = new(StringComparer.Ordinal)
    {
        ["cluster"] = "The cluster and its members.",
        ["devices"] = "What computes.",
        ["actor"] = "The actors of a node.",
    };

    /// <summary>The row that a command line calls; null for help, a version or a mistake.</summary>
    public static ConsoleCommand? RowOf(ParseResult parsed)
    {
        if (parsed.Action is null || parsed.Action != parsed.CommandResult.Command.Action)
            return null;
        var words = new List<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult { Parent: not null } command; result = command.Parent)
            words.Insert(0, command.Command.Name);
        var name = string.Join(' ', words);
        return Rows.FirstOrDefault(row => row.Name == name);
    }

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
            var words = row.Name.Split(' ');
            Command parent = root;
            foreach (var word in words[..^1])
                parent = Child(parent, word, Groups.GetValueOrDefault(word, ""));
            var command = Child(parent, words[^1], row.Description);
            command.Description = row.Description;
            // Never run: RowOf knows by it that this row is meant.
            command.SetAction(_ => { });
            foreach (var option in row.Options)
                command.Options.Add(option);
            command.Options.Add(new VersionOption());
        }
        return root;
    }

    private static Command Child(Command parent, string word, string description)
    {
        if (parent.Subcommands.FirstOrDefault(command => command.Name == word) is { } there)
            return there;
        var command = new Command(word, description);
        parent.Subcommands.Add(command);
        return command;
    }
}
