using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using ComPO.Core.Errors;

namespace ComPO.Node.Commands;

/// <summary>
/// The command line of ComPO.Node. Standard output carries results; standard error carries progress and, when
/// something is wrong, one sentence; the exit code is an <see cref="ExitCode"/>.
/// </summary>
internal static class CommandLine
{
    /// <summary>On every command: print the stack trace of an error, and log more.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Log what happens, and print the stack trace of an error.",
        Recursive = true,
    };

    /// <summary>Parses and runs one command line.</summary>
    /// <param name="arguments">The arguments of the process.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where progress and errors go.</param>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var parsed = Build().Parse(arguments);
        if (parsed.Action is ParseErrorAction)
            return await ReportAsync(new UsageException(UsageSentence(parsed)), verbose: false, error);

        using var interruption = new CancellationTokenSource();
        using var interrupt = OnSignal(PosixSignal.SIGINT, interruption);
        using var terminate = OnSignal(PosixSignal.SIGTERM, interruption);
        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            await error.WriteLineAsync("Interrupted.");
            return (int)ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // The outermost handler: whatever comes here ends the process, with a sentence instead of a trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return await ReportAsync(exception, parsed.GetValue(Verbose), error);
        }
    }

    /// <summary>The root command: the role of a node, and the offline commands.</summary>
    internal static RootCommand Build()
    {
        var root = RoleCommand.Create();
        root.Description = "A node of a ComPO cluster, which aligns a language model on preference pairs by comparing perturbed models; it runs until Ctrl-C or SIGTERM, then leaves in good order.";
        root.Options.Add(Verbose);
        foreach (var command in new[] { QuickstartCommand.Create(), ScoreCommand.Create(), TokenizeCommand.Create(), ReplayCommand.Create(), BenchCommand.Create() })
        {
            AddVersion(command);
            root.Subcommands.Add(command);
        }
        return root;
    }

    private static void AddVersion(Command command)
    {
        command.Options.Add(new VersionOption());
        foreach (var part in command.Subcommands)
            AddVersion(part);
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource interruption) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            // The first signal asks; a second one kills, as it would without this handler.
            context.Cancel = !interruption.IsCancellationRequested;
            try
            {
                interruption.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The command has just ended by itself.
            }
        });

    private static string UsageSentence(ParseResult parsed)
    {
        var sentence = parsed.Errors[0].Message.TrimEnd('.');
        return parsed.UnmatchedTokens.Count > 0 && parsed.UnmatchedTokens[0] is ['-', ..] unknown
            ? $"Unknown option {unknown}; --help lists the options."
            : $"{sentence}; --help lists the options.";
    }

    private static async Task<int> ReportAsync(Exception exception, bool verbose, TextWriter error)
    {
        var cause = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
        if (verbose)
            await error.WriteLineAsync(cause.ToString());
        else if (cause is ComPOException)
            await error.WriteLineAsync(cause.Message);
        else
            await error.WriteLineAsync($"An unexpected {cause.GetType().Name} ended the command ({cause.Message.ReplaceLineEndings(" ")}); --verbose prints where.");
        return (int)(cause is ComPOException known ? known.ExitCode : ExitCode.RunFailed);
    }
}
