using ComPO.Admin.Commands;
using ComPO.Admin.Connections;
using ComPO.Admin.Output;
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
    // Less than people have, and enough for a busy machine.
    private static readonly Patience Hasty = new()
    {
        Contact = TimeSpan.FromSeconds(5),
        Answer = TimeSpan.FromSeconds(6),
        Plan = TimeSpan.FromSeconds(6),
        BetweenLooks = TimeSpan.FromMilliseconds(10),
        Silence = TimeSpan.FromSeconds(20),
    };

    /// <summary>Runs one command, with its output going to a file.</summary>
    public static Task<Said> RunAsync(params string[] arguments) => RunAsync(arguments, TextReader.Null, isInteractive: false);

    /// <summary>Runs a console on a terminal where these lines are typed.</summary>
    public static Task<Said> TypeAsync(string[] arguments, params string[] lines) => TypeAsync(arguments, new StringReader(string.Join('\n', lines)));

    /// <summary>Runs a console on a terminal where lines are typed.</summary>
    public static Task<Said> TypeAsync(string[] arguments, TextReader lines) => RunAsync(arguments, lines, isInteractive: true);

    private static async Task<Said> RunAsync(string[] arguments, TextReader input, bool isInteractive)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, new Terminal(input, output, error, isInteractive, IsLive: false), Hasty);
        return new Said(exitCode, output.ToString(), error.ToString());
    }
}
