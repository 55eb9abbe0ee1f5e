using System.CommandLine;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>resume</c>: goes on with a run that is paused.</summary>
internal static class ResumeCommand
{
    private static readonly Option<string?> Run = OptionKinds.Text("--run", "ID", "The run to go on with. [default: the paused one]");

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new(
        "resume", "Go on with a paused run where it was; one that a full disk paused needs room first.", [Run], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var resumed = await cluster.AskAsync<TrainingResumed>(new ResumeTraining(await AddressedRun.OfAsync(context, Run, cluster, cancellation)), cancellation);
        await context.Terminal.Output.WriteLineAsync(context.Json
            ? JsonOutput.Line(resumed)
            : $"Run {resumed.RunId} goes on after {Units.Count(resumed.Committed, "committed iteration")}.");
        return ExitCode.Done;
    }
}
