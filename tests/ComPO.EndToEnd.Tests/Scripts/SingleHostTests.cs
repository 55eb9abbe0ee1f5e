using System.Globalization;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Scripts;

/// <summary>deploy/single-host.sh, with the programs as they were built.</summary>
public sealed class SingleHostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _http = FreePorts.Next();
    // Two in a row, the trainer's after the seed's.
    private readonly int _port = FreePorts.Next(inARow: 2);

    public SingleHostTests()
    {
        Directory.CreateDirectory(_folder["bin"]);
        foreach (var project in (string[])["ComPO.Node", "ComPO.Admin"])
            Directory.CreateSymbolicLink(_folder[$"bin/{project}"], Path.GetDirectoryName(Repository.Executable(project))!);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_cluster_is_brought_up_asked_and_taken_down()
    {
        try
        {
            var up = (await RunAsync("up")).Succeeded();
            Assert.Equal(
                [$"ComPO node akka.tcp://ComPO@127.0.0.1:{_port} [seed] with http://127.0.0.1:{_http}/ is up", $"ComPO node akka.tcp://ComPO@127.0.0.1:{_port + 1} [trainer] is up"],
                up.Output.Split('\n'));
            // What runs is left alone.
            Assert.Contains("seed is running\n", (await RunAsync("up")).Succeeded().Output, StringComparison.Ordinal);

            Assert.Contains($"trainer: akka.tcp://ComPO@127.0.0.1:{_port + 1} ", (await RunAsync("status")).Succeeded().Output, StringComparison.Ordinal);
            Assert.Equal(0, (await HealthAsync("live")).ExitCode);
            Assert.Equal(0, (await HealthAsync("ready")).ExitCode);

            Assert.Equal("trainer1 has ended\nseed has ended", (await RunAsync("down")).Succeeded().Output);
        }
        finally
        {
            await RunAsync("down");
        }
        Assert.NotEqual(0, (await HealthAsync("live")).ExitCode);
        Assert.Equal("", (await RunAsync("down")).Succeeded().Output);
        Assert.Empty(Directory.GetFiles(_folder["cluster"], "*.pid"));
    }

    [Fact]
    public async Task What_it_does_not_know_it_explains()
    {
        var ended = await RunAsync("sideways");

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("single-host.sh up", ended.Output, StringComparison.Ordinal);
    }

    private Task<Ended> RunAsync(string action) => Programs.EndAsync(RunningProcess.Start("env",
        [
            $"BIN={_folder["bin"]}", "TRAINERS=1", "THREADS=1", Invariant($"PORT={_port}"), Invariant($"HTTP_PORT={_http}"),
            "bash", Path.Combine(Repository.Root, "deploy", "single-host.sh"), action, _folder["cluster"],
        ]));

    /// <summary>What containers are asked.</summary>
    private Task<Ended> HealthAsync(string kind) =>
        Programs.EndAsync(RunningProcess.Start("bash", [Path.Combine(Repository.Root, "deploy", "container", "compo-health"), kind, Invariant($"{_http}")]));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
