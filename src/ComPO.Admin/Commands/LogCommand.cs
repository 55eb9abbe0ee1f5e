using System.CommandLine;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>log</c>: a run's log, of a run that has ended too.</summary>
internal static class LogCommand
{
    private static readonly Option<string?> Run = OptionKinds.Text("--run", "ID", "The run. [default: the present or last one]");
    private static readonly Option<int?> Last = OptionKinds.OptionalNumber<int>("--last", "N", "Only the last N iterations. [default: all]");
    private static readonly Option<bool> Follow = new("--follow") { Description = "Go on with what comes, until the run has ended." };

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new("log", "Print a run's log, a line an iteration; with --json the lines of the log file itself.", [Run, Last, Follow], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var last = context.Parsed.GetValue(Last);
        if (last < 0)
            throw new UsageException($"Option --last is {last}; expected 0 or more iterations.");
        var cluster = context.Patiently(await context.ConnectAsync(cancellation));
        // Past the end there are no lines, but their number.
        var page = await cluster.AskAsync<LogPage>(new GetLog(context.Parsed.GetValue(Run), int.MaxValue - 1), cancellation);
        var (runId, known) = (page.RunId, last is { } count ? Math.Max(0, page.Committed - count) - 1 : -1);
        while (true)
        {
            page = await cluster.AskAsync<LogPage>(new GetLog(runId, known), cancellation);
            foreach (var line in page.Lines)
            {
                var record = IterationRecord.FromJson(line, $"The log of run {runId}, after iteration {known}");
                if (record.Iteration != known + 1)
                    throw new RunLogException($"The log of run {runId} has iteration {record.Iteration} behind iteration {known}; it has been edited.");
                await context.Terminal.Output.WriteLineAsync(context.Json ? line : IterationPhrases.Of(record));
                known = record.Iteration;
            }
            if (known + 1 < page.Committed)
                continue;
            if (page.HasEnded || !context.Parsed.GetValue(Follow))
                return ExitCode.Done;
            await cluster.PauseAsync(cancellation);
        }
    }
}
