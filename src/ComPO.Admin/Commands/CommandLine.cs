using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using ComPO.Admin.Connections;
using ComPO.Admin.Terminals;
using ComPO.Core.Errors;

namespace ComPO.Admin.Commands;

/// <summary>
/// Runs command lines. Standard output carries results; standard error carries notes and, when something is wrong, one
/// sentence; the exit code is an <see cref="ExitCode"/>.
/// </summary>
internal sealed class CommandLine(Terminal terminal, ConnectionCache connections)
{
    private readonly RootCommand _parser = CommandTable.BuildParser();

    /// <summary>Whether a line has options of every command at most: neither a command, nor a call for help, nor a mistake.</summary>
    public bool IsBare(IReadOnlyList<string> arguments) => _parser.Parse(arguments).Action is { } action && action == _parser.Action;

    /// <summary>Runs one line.</summary>
    public Task<ExitCode> RunAsync(IReadOnlyList<string> arguments) => RunAsync(_parser.Parse(arguments));

    private async Task<ExitCode> RunAsync(ParseResult parsed)
    {
        if (parsed.Action is ParseErrorAction)
            return Report(new UsageException(UsageSentence(parsed)), verbose: false);
        // Help and version; the commands themselves are run by their rows.
        if (CommandTable.RowOf(parsed) is not { } row)
            return (ExitCode)await parsed.InvokeAsync(new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error });

        // Ctrl-C belongs to a command while it runs; at the prompt it ends the console.
        using var interruption = new CancellationTokenSource();
        using var interrupt = OnSignal(PosixSignal.SIGINT, interruption);
        using var terminate = OnSignal(PosixSignal.SIGTERM, interruption);
        try
        {
            return await row.RunAsync(new CommandContext(parsed, terminal, connections), interruption.Token);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            terminal.Note("Interrupted.");
            return ExitCode.Interrupted;
        }
#pragma warning disable CA1031 // The outermost handler: whatever comes here ends the command, with a sentence instead of a trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Report(exception, parsed.GetValue(SharedOptions.Verbose));
        }
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

    private static string UsageSentence(ParseResult parsed) =>
        parsed.UnmatchedTokens.Count > 0 && parsed.UnmatchedTokens[0] is var unknown
            ? $"Unknown {(unknown.StartsWith('-') ? "option" : "command")} '{unknown}'; --help lists what there is."
            : $"{parsed.Errors[0].Message.TrimEnd('.')}; --help says more.";

    private ExitCode Report(Exception exception, bool verbose)
    {
        if (verbose)
            terminal.Note(exception.ToString());
        else if (exception is ComPOException)
            terminal.Note(exception.Message);
        else
            terminal.Note($"An unexpected {exception.GetType().Name} ended the command ({exception.Message.ReplaceLineEndings(" ")}); --verbose prints where.");
        return exception is ComPOException known ? known.ExitCode : ExitCode.RunFailed;
    }
}
