namespace ComPO.EndToEnd.Tests.Processes;

/// <summary>The project's executables, as processes of their own.</summary>
internal static class Programs
{
    /// <summary>Starts ComPO.Node and lets it run.</summary>
    public static RunningProcess StartNode(params string[] arguments) => StartBuilt("ComPO.Node", arguments);

    /// <summary>Runs ComPO.Node to its end.</summary>
    public static Task<Ended> NodeAsync(params string[] arguments) => EndAsync(StartNode(arguments));

    /// <summary>Starts ComPO.Admin and lets it run.</summary>
    public static RunningProcess StartAdmin(params string[] arguments) => StartBuilt("ComPO.Admin", arguments);

    /// <summary>Runs ComPO.Admin to its end.</summary>
    public static Task<Ended> AdminAsync(params string[] arguments) => EndAsync(StartAdmin(arguments));

    /// <summary>Waits for a process to end.</summary>
    public static async Task<Ended> EndAsync(RunningProcess process)
    {
        await using var running = process;
        var exitCode = await process.ExitCodeAsync();
        return new Ended(exitCode, process.Output, process.Error);
    }

    // Ctrl-C must reach it even where whoever runs the tests has it ignored, as a shell does for what it starts in the background.
    private static RunningProcess StartBuilt(string project, string[] arguments) =>
        RunningProcess.Start("env", ["--default-signal=INT", "dotnet", Repository.Executable(project), .. arguments]);
}
