using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Node.Replay;
using Spectre.Console;

namespace ComPO.Node.Commands;

/// <summary><c>replay</c>: the model that a run made, from what it left behind, without a cluster and without probing.</summary>
internal static class ReplayCommand
{
    private static readonly Option<string> Log = new("--log")
    {
        Description = "The run's log, run.jsonl in its folder.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<string> Model = new("--model")
    {
        Description = "The Hugging Face folder of the model the run began with.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string?> Features = new("--features")
    {
        Description = "The folder of the run's features [default: features, beside the log].",
        HelpName = "DIR",
    };

    private static readonly Option<string> OutputFolder = new("--output")
    {
        Description = "The folder to write the model to, new or empty.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object instead of sentences.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("replay", "Rebuild the model of a run from its log, checking the head after every iteration.")
        {
            Log, Model, Features, OutputFolder, ThreadsOption.Instance, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var run = RunFolder.Open(parsed.GetRequiredValue(Log), parsed.GetValue(Features));
        var job = new ReplayJob(run, parsed.GetRequiredValue(Model), parsed.GetRequiredValue(OutputFolder), ThreadsOption.Read(parsed));
        var report = await Task.Run(() => ShowProgress(run.Iterations.Count, progress => job.Run(progress, cancellation)), cancellation);
        if (parsed.GetValue(Json))
            await output.WriteLineAsync(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        else
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"""
                Run {report.Run}: {report.Iterations} iterations replayed in {report.Seconds:0.0} seconds, {report.Accepted} updates applied, every head digest as logged.
                head digest {report.HeadDigest}
                model in {report.Output}
                """));
        return (int)ExitCode.Done;
    }

    // A bar is for someone who watches; elsewhere standard error holds one sentence or nothing.
    private static ReplayReport ShowProgress(int iterations, Func<Action<int>, ReplayReport> replay)
    {
        if (Console.IsErrorRedirected)
            return replay(_ => { });
        return AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) })
            .Progress()
            .AutoClear(true)
            .Start(bars =>
            {
                var bar = bars.AddTask("replay", maxValue: iterations);
                return replay(done => bar.Value = done);
            });
    }
}
