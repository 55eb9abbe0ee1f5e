using ComPO.Admin.Connections;
using ComPO.Admin.Terminals;
using ComPO.Core.Errors;

namespace ComPO.Admin.Tests.Fakes;

/// <summary>What a console printed and how it ended.</summary>
internal sealed record Said(ExitCode ExitCode, string Output, string Error)
{
    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Output.TrimEnd('\n').Split('\n');
}

/// <summary>A terminal that types what a test says.</summary>
internal static class ScriptedTerminal
{
    /// <summary>More than people have where an answer comes, so that a busy machine fails no test, and hardly any between two looks.</summary>
    public static Patience Patient { get; } = new()
    {
        Contact = TimeSpan.FromMinutes(2),
        Answer = TimeSpan.FromMinutes(2),
        Plan = TimeSpan.FromMinutes(2),
        BetweenLooks = TimeSpan.FromMilliseconds(10),
        Silence = TimeSpan.FromMinutes(2),
    };

    /// <summary>Runs one command, with its output going to a file.</summary>
    public static Task<Said> RunAsync(params string[] arguments) => RunAsync(Patient, arguments);

    /// <summary>Runs one command that waits no longer than it is told.</summary>
    public static Task<Said> RunAsync(Patience patience, params string[] arguments) => RunAsync(patience, arguments, TextReader.Null, isInteractive: false);

    /// <summary>Runs a console on a terminal where these lines are typed.</summary>
    public static Task<Said> TypeAsync(string[] arguments, params string[] lines) => TypeAsync(Patient, arguments, lines);

    /// <summary>Runs a console whose commands wait no longer than they are told.</summary>
    public static Task<Said> TypeAsync(Patience patience, string[] arguments, params string[] lines) =>
        RunAsync(patience, arguments, new StringReader(string.Join('\n', lines)), isInteractive: true);

    /// <summary>Runs a console on a terminal where lines are typed.</summary>
    public static Task<Said> TypeAsync(string[] arguments, TextReader lines) => RunAsync(Patient, arguments, lines, isInteractive: true);

    private static async Task<Said> RunAsync(Patience patience, string[] arguments, TextReader input, bool isInteractive)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await AdminConsole.RunAsync(arguments, new Terminal(input, output, error, isInteractive, IsLive: false), patience);
        return new Said(exitCode, output.ToString(), error.ToString());
    }
}
