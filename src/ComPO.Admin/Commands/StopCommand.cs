using System.CommandLine;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>stop</c>: ends a run early and keeps what it committed.</summary>
internal static class StopCommand
{
    private static readonly Option<string?> Run = OptionKinds.Text("--run", "ID", "The run to stop. [default: the active one]");

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new(
        "stop", "Stop a run: the iteration under way is given up, what is committed is kept and written as a model.", [Run], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var stopping = await cluster.AskAsync<TrainingStopping>(new StopTraining(await AddressedRun.OfAsync(context, Run, cluster, cancellation)), cancellation);
        await context.Terminal.Output.WriteLineAsync(context.Json
            ? JsonOutput.Line(stopping)
            : $"Run {stopping.RunId} is stopping; its {Units.Count(stopping.Committed, "committed iteration")} will be kept.");
        return ExitCode.Done;
    }
}
