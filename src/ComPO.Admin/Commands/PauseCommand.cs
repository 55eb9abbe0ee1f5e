using System.CommandLine;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>pause</c>: has a run wait, with all that it has.</summary>
internal static class PauseCommand
{
    private static readonly Option<string?> Run = OptionKinds.Text("--run", "ID", "The run to pause. [default: the active one]");

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new(
        "pause", "Pause a run: blocks in flight are finished and kept, then it waits, also over restarts, until resume or stop.", [Run], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var pausing = await cluster.AskAsync<TrainingPausing>(new PauseTraining(await AddressedRun.OfAsync(context, Run, cluster, cancellation)), cancellation);
        await context.Terminal.Output.WriteLineAsync(context.Json
            ? JsonOutput.Line(pausing)
            : pausing.AlreadyPaused
                ? $"Run {pausing.RunId} was paused already, after {Units.Count(pausing.Committed, "committed iteration")}."
                : $"Run {pausing.RunId} pauses after {Units.Count(pausing.Committed, "committed iteration")}, once the blocks in flight are in; resume goes on.");
        return ExitCode.Done;
    }
}
