using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Scripts;

/// <summary>
/// Runs .ps1 scripts with the real PowerShell engine where no PowerShell is installed: the program psrun, built once from its
/// source beside the repository.
/// </summary>
public sealed class PowerShellRunner : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Task<string>? _program;

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs a script to its end; skips the test where psrun is not at hand.</summary>
    internal async Task<Ended> RunAsync(string folder, string script, params string[] arguments)
    {
        var program = await (_program ??= BuildAsync());
        return await Programs.EndAsync(RunningProcess.Start("dotnet", [program, Path.Combine(folder, script), .. arguments], folder));
    }

    private async Task<string> BuildAsync()
    {
        var source = _folder.Copy(Repository.Beside("tools", "psrun"), "psrun");
        var built = await Programs.EndAsync(RunningProcess.Start(
            "dotnet", ["build", source, "-c", "Release", "-o", _folder["built"], "-v", "quiet", "-nologo", "-nodeReuse:false"], source));
        if (built.ExitCode != 0)
            Assert.Skip($"psrun does not build on this machine: {built.Output}");
        return Path.Combine(_folder["built"], "psrun.dll");
    }
}
