using System.CommandLine;
using ComPO.Admin.Connections;
using ComPO.Admin.Following;
using ComPO.Admin.Output;
using ComPO.Core.Errors;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Commands;

/// <summary><c>export</c>: writes a model that a run has had, at any iteration.</summary>
internal static class ExportCommand
{
    private static readonly Option<string> Output = OptionKinds.RequiredText("--output", "DIR", "The folder to make, on the trainer that writes: new or empty.");
    private static readonly Option<string?> Run = OptionKinds.Text("--run", "ID", "The run, which may be over. [default: the present or last one]");
    private static readonly Option<int?> Iteration = OptionKinds.OptionalNumber<int>("--iteration", "N", "The model after N committed iterations; 0 is the base. [default: after all of them]");
    private static readonly Option<bool> HeadOnly = new("--head-only") { Description = "Write the head alone, lm_head.safetensors with lm_head.weight, instead of the whole model." };

    /// <summary>The row of the table.</summary>
    public static ConsoleCommand Row { get; } = new(
        "export",
        "Write a run's model as it is now or was after any committed iteration, as a Hugging Face folder or the head alone; the run goes on meanwhile.",
        [Output, Run, Iteration, HeadOnly],
        RunAsync);

    private static async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        var iteration = context.Parsed.GetValue(Iteration);
        if (iteration < 0)
            throw new UsageException($"Option --iteration is {iteration}; expected 0 or more committed iterations.");
        var output = context.Parsed.GetRequiredValue(Output);
        if (string.IsNullOrWhiteSpace(output) || output.Contains('\0'))
            throw new UsageException($"Option --output is '{output.Replace('\0', ' ')}'; expected a folder to make.");
        var cluster = context.Patiently(await context.ConnectAsync(cancellation));
        // Asked again under this name, it is not done again. The path is made whole here: nodes have working folders of their own.
        var request = new ExportRun(
            Guid.NewGuid().ToString("N"), context.Parsed.GetValue(Run), iteration, Path.GetFullPath(output), context.Parsed.GetValue(HeadOnly));
        var model = await WrittenAsync(cluster, request, cancellation);
        await context.Terminal.Output.WriteLineAsync(context.Json
            ? JsonOutput.Line(model)
            : $"The {(model.HeadOnly ? "head" : "model")} of run {model.RunId} after {Units.Count(model.Iteration, "committed iteration")}, {model.HeadDigest}, is {model.Path} on {model.Trainer}.");
        return ExitCode.Done;
    }

    private static async Task<ExportResult> WrittenAsync(PatientCluster cluster, ExportRun request, CancellationToken cancellation)
    {
        var isUnderWay = false;
        try
        {
            while (true)
            {
                if (await cluster.AskAsync<ExportProgress>(request, cancellation) is { Model: { } model })
                    return model;
                isUnderWay = true;
                await cluster.PauseAsync(cancellation);
            }
        }
        catch (OperationCanceledException interruption) when (isUnderWay && cancellation.IsCancellationRequested)
        {
            throw new InterruptedException($"Interrupted; the export goes on: {request.Output} is there when it is whole.", interruption);
        }
    }
}
