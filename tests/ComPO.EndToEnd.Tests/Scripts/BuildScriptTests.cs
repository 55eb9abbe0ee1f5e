using System.Text.RegularExpressions;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Scripts;

/// <summary>
/// build.ps1 in a small repository of the same layout: the script is the whole one, and the projects are as small as projects can
/// be, so that each task runs to its end in seconds.
/// </summary>
public sealed class BuildScriptTests(PowerShellRunner shell) : IClassFixture<PowerShellRunner>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Build_is_what_it_does_when_it_is_not_told_and_its_failure_is_the_script_s()
    {
        MakeRepository();

        Succeeded(await RunAsync());
        Assert.True(File.Exists(_folder["src/ComPO.Node/bin/Release/net10.0/ComPO.Node.dll"]));
        Assert.False(Directory.Exists(_folder["artifacts"]));

        _folder.Write("src/ComPO.Node/Program.cs", "this is no program");
        Assert.NotEqual(0, (await RunAsync()).ExitCode);
        Assert.NotEqual(0, (await RunAsync("-Task", "Publish")).ExitCode);
    }

    [Fact]
    public async Task Publish_makes_both_programs_and_Clean_takes_away_all_that_was_built()
    {
        MakeRepository();
        var before = Files();

        Succeeded(await RunAsync("-Task", "Publish"));
        foreach (var project in (string[])["ComPO.Node", "ComPO.Admin"])
            Assert.True(File.Exists(_folder[$"artifacts/{project}/{project}.dll"]));
        Assert.NotEqual(before, Files());

        Succeeded(await RunAsync("-Task", "Clean"));
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task Quickstart_runs_the_node_s_command()
    {
        MakeRepository();

        var ended = await RunAsync("-Task", "Quickstart");

        Succeeded(ended);
        Assert.Contains("ran: quickstart", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_task_is_refused_with_those_there_are()
    {
        MakeRepository();

        var ended = await RunAsync("-Task", "Frobnicate");

        ended.Refused(2, "Frobnicate");
        var told = ended.Error[(ended.Error.IndexOf("one of ", StringComparison.Ordinal) + "one of ".Length)..^1].Split(", ");
        Assert.Equal(["Build", "Test", "Publish", "Quickstart", "Clean"], told);
        // What it says of itself, and what the README says of it.
        var usage = $"-Task {string.Join('|', told)}";
        Assert.Contains(usage, File.ReadAllText(Path.Combine(Repository.Root, "build.ps1")), StringComparison.Ordinal);
    }

    [Fact]
    public void Test_is_the_command_that_the_README_and_CI_run()
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "build.ps1"));
        var command = Regex.Match(script, @"Test\s+= \{ (.*) \}").Groups[1].Value;

        Assert.Equal("dotnet test -c Release", command);
        Assert.Contains(command, File.ReadAllText(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
        Assert.Contains(command, File.ReadAllText(Path.Combine(Repository.Root, ".ci", "run")), StringComparison.Ordinal);
    }

    private Task<Ended> RunAsync(params string[] arguments) => shell.RunAsync(_folder.Path, "build.ps1", arguments);

    private static void Succeeded(Ended ended) => Assert.True(ended.ExitCode == 0, $"{ended.ExitCode}: {ended.Output}\n{ended.Error}");

    private string[] Files() => [.. Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private void MakeRepository()
    {
        File.Copy(Path.Combine(Repository.Root, "build.ps1"), _folder["build.ps1"]);
        var build = "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType></PropertyGroup></Project>";
        _folder.Write("Directory.Build.props", build);
        _folder.Write("All.slnx", """<Solution><Project Path="src/ComPO.Node/ComPO.Node.csproj" /><Project Path="src/ComPO.Admin/ComPO.Admin.csproj" /></Solution>""");
        foreach (var project in (string[])["ComPO.Node", "ComPO.Admin"])
        {
            Directory.CreateDirectory(_folder[$"src/{project}"]);
            _folder.Write($"src/{project}/{project}.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
            _folder.Write($"src/{project}/Program.cs", """System.Console.WriteLine("ran: " + string.Join(' ', args));""");
        }
        Directory.CreateDirectory(_folder["tests"]);
    }
}
