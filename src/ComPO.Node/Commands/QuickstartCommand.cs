using System.CommandLine;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Node.Quickstart;
using Spectre.Console;

namespace ComPO.Node.Commands;

/// <summary><c>quickstart</c>: the embedded default, which shows the whole of ComPO at work with nothing to configure.</summary>
internal static class QuickstartCommand
{
    private static readonly Option<string?> OutputFolder = new("--output")
    {
        Description = "The folder of results, new or empty [default: the first free runs/quickstart-N].",
        HelpName = "DIR",
    };

    private static readonly Option<uint> Seed = new Option<uint>("--seed")
    {
        Description = "Decides the sample text, the pairs, the model and the run.",
        HelpName = "S",
        DefaultValueFactory = _ => 1,
    }.InRange(0, uint.MaxValue);

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object instead of a table.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "quickstart", "Make a small language model, align it with ComPO on a one-process cluster, and show what changed.")
        {
            OutputFolder, Seed, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var settings = new QuickstartSettings(parsed.GetValue(Seed));
        var folder = ResultsFolder.Create(parsed.GetValue(OutputFolder));
        var report = await QuickstartProgress.RunAsync(
            error, progress => new QuickstartJob(settings, folder, parsed.GetValue(CommandLine.Verbose), progress).RunAsync(cancellation));

        if (parsed.GetValue(Json))
            await output.WriteLineAsync(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        else
            QuickstartTable.Print(report, settings, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }));
        return (int)ExitCode.Done;
    }
}
