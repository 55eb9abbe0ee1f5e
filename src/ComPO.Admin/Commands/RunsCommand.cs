using System.Globalization;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>runs</c>: the runs there have been.</summary>
internal static class RunsCommand
{
    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new("runs", "List the runs that the cluster remembers, 32 at most, the present or last one at the end.", [], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var runs = await cluster.AskAsync<RunList>(new GetRuns(), cancellation);
        if (context.Json)
        {
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(runs));
            return ExitCode.Done;
        }
        foreach (var run in runs.Runs)
            await context.Terminal.Output.WriteLineAsync(Describe(run));
        await context.Terminal.Output.WriteLineAsync($"Count: {Units.Count(runs.Runs.Length, "run")}");
        return ExitCode.Done;
    }

    private static string Describe(RunSummary run)
    {
        var started = DateTimeOffset.FromUnixTimeMilliseconds(run.StartedUnixMilliseconds).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $"{run.RunId} | {RunPhrases.Phase(run.Phase)} | {started} | {Units.Duration(run.ElapsedSeconds)} | "
            + $"{run.Committed} of {Units.Count(run.Iterations, "iteration")}, {run.Accepted} accepted | {run.Output}";
    }
}
