using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ComPO.Node.Commands;
using ComPO.Node.Web;

namespace ComPO.Node.Tests.Deployment;

/// <summary>The container files build what is there and start what they built.</summary>
public sealed class ContainerTests
{

    [Theory]
    [InlineData("Containerfile.cpu", "cpu")]
    [InlineData("Containerfile.cuda", "cuda-linux")]
    public void What_is_copied_is_there_and_what_is_started_was_built(string name, string backend)
    {
        var lines = Instructions(name);
        var (build, run) = (lines[..lines.FindLastIndex(line => line.StartsWith("FROM ", StringComparison.Ordinal))], lines[lines.FindLastIndex(line => line.StartsWith("FROM ", StringComparison.Ordinal))..]);

        foreach (var copy in lines.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from=", StringComparison.Ordinal)))
        {
            var paths = copy.Split(' ')[1..^1].Where(word => !word.StartsWith("--", StringComparison.Ordinal));
            Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), $"{name} copies {path}, which is not there."));
            Assert.All(paths, path => Assert.DoesNotContain(path, File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore"))));
        }
        var published = build.Select(line => Regex.Match(line, @"^RUN dotnet publish src/(\S+) -c Release -o /app/(\S+)(?: -p:TorchBackend=(\S+))?$")).Where(match => match.Success).ToArray();
        Assert.Equal(["ComPO.Node", "ComPO.Admin"], published.Select(match => match.Groups[1].Value));
        Assert.All(published, match => Assert.Equal(match.Groups[1].Value, match.Groups[2].Value));
        Assert.All(published, match => Assert.True(File.Exists(Path.Combine(Repository.Root, "src", match.Groups[1].Value, match.Groups[1].Value + ".csproj"))));
        Assert.Equal(backend, published[0].Groups[3] is { Success: true } chosen ? chosen.Value : "cpu");

        Assert.Contains("COPY --from=build /app /opt/compo", run);
        Assert.Equal(["dotnet", "/opt/compo/ComPO.Node/ComPO.Node.dll"], Words(run, "ENTRYPOINT"));
        Assert.Contains("/opt/compo/ComPO.Admin/ComPO.Admin.dll", DeployFolder.Text("container", "compo"), StringComparison.Ordinal);
        Assert.True(run.IndexOf("USER $APP_UID") > run.FindLastIndex(line => line.StartsWith("RUN ", StringComparison.Ordinal)), "Whoever runs it is not root.");
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"EXPOSE {RoleCommand.DefaultPort} {HttpSettings.UsualPort}"), run);
        var health = run.Single(line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal));
        Assert.Equal(["compo-health", "live"], JsonSerializer.Deserialize<string[]>(health[(health.IndexOf("CMD ", StringComparison.Ordinal) + 4)..])!);
        Assert.True(int.Parse(Regex.Match(health, @"--retries=(\d+)").Groups[1].Value, CultureInfo.InvariantCulture) > 1);
    }

    [Fact]
    public void Both_are_alike_but_for_what_computes()
    {
        var (cpu, cuda) = (Instructions("Containerfile.cpu"), Instructions("Containerfile.cuda"));

        Assert.Equal(["RUN dotnet publish src/ComPO.Node -c Release -o /app/ComPO.Node"], cpu.Except(cuda));
        Assert.Equal(2, cuda.Except(cpu).Count());
        Assert.Contains("NVIDIA_DRIVER_CAPABILITIES=compute,utility", string.Join(' ', cuda.Except(cpu)), StringComparison.Ordinal);
    }

    private static List<string> Instructions(string name) =>
        [.. File.ReadLines(DeployFolder.Of("container", name)).Where(line => line.Length > 0 && !line.StartsWith('#'))];

    private static string[] Words(IEnumerable<string> lines, string instruction) =>
        JsonSerializer.Deserialize<string[]>(lines.Single(line => line.StartsWith(instruction + " ", StringComparison.Ordinal))[instruction.Length..])!;
}
