using Spectre.Console;

namespace ComPO.Admin.Terminals;

/// <summary>Where a command reads and writes, and whether a person watches.</summary>
/// <param name="Input">Where the interactive console reads lines.</param>
/// <param name="Output">Where results go.</param>
/// <param name="Error">Where progress notes and errors go.</param>
/// <param name="IsInteractive">Whether input and output are both a terminal.</param>
/// <param name="IsLive">Whether output is a terminal, which can show tables and bars; else it gets plain lines.</param>
internal sealed record Terminal(TextReader Input, TextWriter Output, TextWriter Error, bool IsInteractive, bool IsLive)
{
    /// <summary>The terminal, pipes or files that the process was started with.</summary>
    public static Terminal OfProcess() => new(
        Console.In, Console.Out, Console.Error,
        IsInteractive: !Console.IsInputRedirected && !Console.IsOutputRedirected,
        IsLive: !Console.IsOutputRedirected)
    {
        Keyboard = Keyboard.OfProcess,
    };

    /// <summary>Where keys come from, so that lines can be edited; null where whole lines come from the input.</summary>
    public Keyboard? Keyboard { get; init; }

    /// <summary>The file of the lines that were typed before; null for none.</summary>
    public string? HistoryFile { get; init; }

    /// <summary>Output as something that draws.</summary>
    public IAnsiConsole Canvas => field ??= AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Output) });

    /// <summary>Writes a note beside the results.</summary>
    public void Note(string sentence) => Error.WriteLine(sentence);
}
