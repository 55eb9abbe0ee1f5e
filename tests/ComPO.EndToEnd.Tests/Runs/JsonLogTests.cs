using System.Text.Json;
using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

/// <summary>What log collectors are given: of a real run, line by line.</summary>
public sealed class JsonLogTests
{
    [Fact]
    public async Task Every_line_is_an_object_and_those_of_a_run_say_which_run_and_iteration()
    {
        using var folder = new TemporaryFolder();
        await using var node = Programs.StartNode("--role", "seed,trainer", "--port", "0", "--http-port", "off", "--verbose", "--log-format", "json");
        var address = await Programs.AddressOfAsync(node);
        (await Programs.AdminAsync(
            "start", "--contact", address, "--run", "logged", "--model", RealRun.Model, "--data", RealRun.Pairs, "--noise-threshold", "50", "--iterations", "3",
            "--perturbations", "200", "--output", folder["run"], "--wait", "--json")).Succeeded();
        node.Send(RunningProcess.Terminate);
        Assert.Equal(0, await node.ExitCodeAsync());

        var log = node.Error.Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        Assert.All(log, line => Assert.Equal(["time", "level", "source", "message"], RunLog.NamesOf(line).Take(4)));
        Assert.All(log, line => Assert.Distinct(RunLog.NamesOf(line)));
        // Of a run that has not begun, or is over, no line says that it concerns it.
        var ofSupervisor = log.Where(line => line.GetProperty("source").GetString()!.Contains("/supervisor", StringComparison.Ordinal) && line.TryGetProperty("run", out _)).ToArray();
        Assert.All(ofSupervisor, line => Assert.Equal(("logged", true), (line.GetProperty("run").GetString(), line.GetProperty("iteration").GetInt32() is >= 0 and <= 3)));
        Assert.Equal((0, 3), (IterationOf("starts in"), IterationOf("ended as Completed")));

        int IterationOf(string message) =>
            Assert.Single(ofSupervisor, line => line.GetProperty("message").GetString()!.Contains(message, StringComparison.Ordinal)).GetProperty("iteration").GetInt32();
    }
}
