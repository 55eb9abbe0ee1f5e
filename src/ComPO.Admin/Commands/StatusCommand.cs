using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>status</c>: what the present or last run is doing.</summary>
internal static class StatusCommand
{
    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new("status", "Show what the present or last run is doing, and who takes part.", [], RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var cluster = await context.ConnectAsync(cancellation);
        var status = await cluster.AskAsync<TrainingStatus>(new GetStatus(), cancellation);
        if (context.Json)
            await context.Terminal.Output.WriteLineAsync(JsonOutput.Line(status));
        else
            StatusSheet.Of(status).Print(context.Terminal);
        return ExitCode.Done;
    }
}
