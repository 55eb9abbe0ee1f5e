using System.Text.RegularExpressions;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Scripts;

/// <summary>The scripts of deploy/ and CI and the units of deploy/, by the tools that know them; a test whose tool is not installed is skipped.</summary>
public sealed class DeployScriptsTests : IDisposable
{
    private static readonly string Deploy = Path.Combine(Repository.Root, "deploy");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ShellCheck_has_nothing_to_say()
    {
        var scripts = Directory.GetFiles(Deploy, "*", SearchOption.AllDirectories).Concat(Directory.GetFiles(Path.Combine(Repository.Root, ".ci"))).Where(file => File.ReadLines(file).FirstOrDefault()?.StartsWith("#!", StringComparison.Ordinal) == true).ToArray();

        Assert.True(scripts.Length >= 11, string.Join(' ', scripts));
        Assert.Equal("", (await RunAsync("shellcheck", scripts)).Succeeded().Output);
    }

    [Fact]
    public async Task The_units_are_systemds()
    {
        var units = Directory.GetFiles(Path.Combine(Deploy, "systemd"), "*.service")
            // Whether the program is on this machine is not the question.
            .Select(unit => _folder.Write(Path.GetFileName(unit), Regex.Replace(File.ReadAllText(unit), "^ExecStart=/usr/bin/dotnet", "ExecStart=/bin/true", RegexOptions.Multiline))).ToArray();

        Assert.Equal(2, units.Length);
        Assert.Equal("", (await RunAsync("systemd-analyze", ["verify", "--man=no", .. units])).Succeeded().Output);
    }

    [Fact]
    public async Task Secrets_are_made_for_all_that_compose_yml_and_the_manifests_name()
    {
        foreach (var folder in (string[])["certificates", "compose", "kubernetes"])
            _folder.Copy(Path.Combine(Deploy, folder), folder);

        foreach (var folder in (string[])["compose", "kubernetes"])
        {
            var script = _folder[$"{folder}/make-secrets.sh"];
            var first = (await RunAsync("bash", script)).Succeeded();
            var made = Contents(folder);
            (await RunAsync("bash", script)).Succeeded();

            Assert.NotEmpty(first.Output);
            // What is there already is kept.
            Assert.Equal(made, Contents(folder));
        }
        var named = Regex.Matches(File.ReadAllText(_folder["compose/compose.yml"]), @"file: \./(secrets/[\w.-]+)").Select(match => $"compose/{match.Groups[1].Value}")
            .Concat(Regex.Matches(File.ReadAllText(_folder["kubernetes/kustomization.yaml"]), @"secrets/[\w.-]+").Select(match => $"kubernetes/{match.Value}")).ToArray();
        Assert.True(named.Length > 20);
        Assert.All(named, file => Assert.True(new FileInfo(_folder[file]) is { Exists: true, Length: > 0 }, file));
        Assert.Equal(2, Regex.Count(File.ReadAllText(_folder["kubernetes/secrets/compo.conf"]), "\"([0-9A-F]{2}:){31}[0-9A-F]{2}\""));
        Assert.DoesNotContain("COMPO_UID=0\n", File.ReadAllText(_folder["compose/.env"]), StringComparison.Ordinal);
    }

    private Dictionary<string, string> Contents(string folder) =>
        Directory.GetFiles(_folder[$"{folder}/secrets"]).ToDictionary(file => file, File.ReadAllText);

    private static async Task<Ended> RunAsync(string tool, params string[] arguments)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool))))
            Assert.Skip($"{tool} is not on this machine.");
        return await Programs.EndAsync(RunningProcess.Start(tool, arguments));
    }
}
