using System.CommandLine;
using ComPO.Admin.Following;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>watch</c>: follows a run to its end.</summary>
internal static class WatchCommand
{
    private static readonly Option<string?> Run = OptionKinds.Text("--run", "ID", "The run to follow. [default: the present or last one]");

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new(
        "watch", "Follow a run live to its end; Ctrl-C stops watching and leaves the run going.", [Run], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var status = await cluster.AskAsync<TrainingStatus>(new GetStatus(), cancellation);
        var runId = context.Parsed.GetValue(Run) ?? status.RunId
            ?? throw new RequestRefusedException("There is nothing to watch: no run has been started; 'start' starts one.");

        var follower = new RunFollower(context.Patiently(cluster));
        if (context.Json)
        {
            var ended = await follower.ToEndAsync(runId, new JsonLinesRunView(context.Terminal.Output), cancellation);
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(new { status = ended }));
            return RunEnding.Report(ended, context);
        }
        return RunEnding.Report(await RunViews.ShowAsync(context.Terminal, view => follower.ToEndAsync(runId, view, cancellation)), context);
    }
}
