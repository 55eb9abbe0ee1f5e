using System.Text.RegularExpressions;

namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>The project's executables, as processes of their own.</summary>
internal static class Programs
{
    /// <summary>Starts ComPO.Node and lets it run.</summary>
    public static RunningProcess StartNode(params string[] arguments) => StartBuilt("ComPO.Node", arguments);

    /// <summary>Starts ComPO.Node somewhere else.</summary>
    /// <param name="place">Turns a command line into one that runs it there.</param>
    /// <param name="arguments">Its arguments.</param>
    public static RunningProcess StartNode(Func<string[], string[]> place, string[] arguments) => StartBuilt("ComPO.Node", arguments, place);

    /// <summary>The address that a node prints once it is up.</summary>
    public static async Task<string> AddressOfAsync(RunningProcess node) =>
        Regex.Match(await node.LineAsync(line => line.EndsWith("is up", StringComparison.Ordinal)), @"akka\.(ssl\.)?tcp://\S+").Value;

    /// <summary>Runs ComPO.Node to its end.</summary>
    public static Task<Ended> NodeAsync(params string[] arguments) => EndAsync(StartNode(arguments));

    /// <summary>Starts ComPO.Admin and lets it run.</summary>
    public static RunningProcess StartAdmin(params string[] arguments) => StartBuilt("ComPO.Admin", arguments);

    /// <summary>Runs ComPO.Admin to its end.</summary>
    public static Task<Ended> AdminAsync(params string[] arguments) => EndAsync(StartAdmin(arguments));

    /// <summary>Runs ComPO.Admin somewhere else to its end.</summary>
    /// <inheritdoc cref="StartNode(Func{string[], string[]}, string[])" path="/param"/>
    public static Task<Ended> AdminAsync(Func<string[], string[]> place, string[] arguments) => EndAsync(StartBuilt("ComPO.Admin", arguments, place));

    /// <summary>Waits for a process to end.</summary>
    public static async Task<Ended> EndAsync(RunningProcess process)
    {
        await using var running = process;
        var exitCode = await process.ExitCodeAsync();
        return new Ended(exitCode, process.Output, process.Error);
    }

    // Ctrl-C must reach it even where whoever runs the tests has it ignored, as a shell does for what it starts in the background.
    private static RunningProcess StartBuilt(string project, string[] arguments, Func<string[], string[]>? place = null)
    {
        string[] command = ["env", "--default-signal=INT", "dotnet", Repository.Executable(project), .. arguments];
        var placed = place?.Invoke(command) ?? command;
        return RunningProcess.Start(placed[0], placed[1..]);
    }
}
