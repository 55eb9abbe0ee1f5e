using System.CommandLine;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>actor hierarchy</c>: the actors of a node.</summary>
internal static class ActorHierarchyCommand
{
    private static readonly Option<int> Depth = MakeDepth();

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new("actor hierarchy", "List the actors of the node that --contact names, by their paths.", [Depth], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var hierarchy = await cluster.AskAsync<ActorHierarchy>(new GetActors(context.Parsed.GetValue(Depth)), cancellation);
        if (context.Json)
        {
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(hierarchy));
            return ExitCode.Done;
        }
        foreach (var path in hierarchy.Paths)
            await context.Terminal.Output.WriteLineAsync(path);
        if (!hierarchy.IsWhole)
            context.Terminal.Note($"There are more than {Units.Count(hierarchy.Paths.Length, "actor")}; -d takes fewer levels.");
        return ExitCode.Done;
    }

    private static Option<int> MakeDepth()
    {
        var option = OptionKinds.Number("--depth", "N", "How many levels below /user.", standard: 8);
        option.Aliases.Add("-d");
        return option;
    }
}
