using System.CommandLine;
using ComPO.Admin.Connections;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Reports;
using ComPO.Reports.Reading;

namespace ComPO.Admin.Commands;

/// <summary><c>report</c>: what a run has done, for reading, printing and reckoning with.</summary>
internal static class ReportCommand
{
    private static readonly Option<string[]> Log = new("--log")
    {
        Description = "The folder of a run, or its run.jsonl; may be given several times to compare runs. [default: the run that the cluster knows]",
        HelpName = "PATH",
    };

    private static readonly Option<string?> Run = OptionKinds.Text("--run", "ID", "The cluster's run to report on, where --log is not given. [default: the present or last one]");

    private static readonly Option<string> Output = OptionKinds.RequiredText("--output", "DIR", "The folder of the report: new, empty, or that of an earlier report, which it replaces.");

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new(
        "report", "Write a page, plots and tables on a run, finished or not, or compare several.", [Log, Run, Output], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var (logs, output) = (context.Parsed.GetValue(Log) ?? [], context.Parsed.GetRequiredValue(Output));
        if (logs.Length > 0 && context.Parsed.GetValue(Run) is not null)
            throw new UsageException("--log and --run exclude each other: the one names runs on disk, the other the cluster's.");
        LoggedRun[] runs = logs.Length > 0 ? [.. logs.Select(RunFolderReader.Read)] : [await ReadClusterAsync(context, cancellation)];

        var report = new Report(runs);
        var files = report.Write(output, DateTimeOffset.UtcNow);
        foreach (var note in runs.SelectMany(run => run.Notes))
            context.Terminal.Note(note);
        var page = Path.Combine(Path.GetFullPath(output), "index.html");
        await context.Terminal.Output.WriteLineAsync(context.Json
            ? JsonOutput.Line(new { output = Path.GetFullPath(output), page, runs = report.Summaries, files })
            : $"The report on {(runs.Length == 1 ? $"run {runs[0].Name}" : Units.Count(runs.Length, "run"))} is {page}.");
        return ExitCode.Done;
    }

    private static async Task<LoggedRun> ReadClusterAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        return await new ClusterRunReader(cluster).ReadAsync(context.Parsed.GetValue(Run), cancellation);
    }
}
