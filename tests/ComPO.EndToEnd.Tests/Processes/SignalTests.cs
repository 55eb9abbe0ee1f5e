using System.Text.RegularExpressions;

namespace ComPO.EndToEnd.Tests.Processes;

public sealed class SignalTests
{
    [Fact]
    public async Task A_console_without_a_node_says_so_and_exits_with_4()
    {
        const string nobody = "akka.tcp://ComPO@127.0.0.1:1";

        (await Programs.AdminAsync("status", "--contact", nobody)).Refused(4, nobody, "--role seed,trainer", "--contact");
    }

    [Fact]
    public async Task Ctrl_C_while_a_console_looks_for_its_node_exits_with_130()
    {
        // It says nothing while it looks, so that the signal may come before the console listens for it: then the runtime ends it with the same code.
        await using var console = Programs.StartAdmin("status", "--contact", "akka.tcp://ComPO@127.0.0.1:1");

        Assert.Equal(130, await console.ExitCodeAfterAsync(RunningProcess.Interrupt));
    }

    [Theory]
    [InlineData(RunningProcess.Interrupt)]
    [InlineData(RunningProcess.Terminate)]
    public async Task A_node_in_the_middle_of_a_run_leaves_in_good_order(int signal)
    {
        using var folder = new TemporaryFolder();
        await using var node = Programs.StartNode("--role", "seed,trainer", "--port", "0");
        var address = await Programs.AddressOfAsync(node);
        (await Programs.AdminAsync(
            "start", "--contact", address, "--model", Repository.Data("models", "stories260K"),
            "--data", Repository.Data("prefs", "ultrafeedback", "train1000.trl-layout.jsonl"), "--noise-threshold", "50", "--iterations", "100000",
            "--output", folder["run"], "--json")).Succeeded();

        node.Send(signal);

        Assert.Equal(0, await node.ExitCodeAsync());
        // A busy machine makes Akka warn of its own late heartbeats; a phase of leaving that timed out, or anything of another's, would be disorder.
        Assert.False(Regex.IsMatch(node.Error, @"(?m)^(?!warn: Akka\.(?!.*CoordinatedShutdown))."), node.Error);
        Assert.All(File.ReadAllLines(Path.Combine(folder["run"], "run.jsonl")), line => Assert.EndsWith("}", line, StringComparison.Ordinal));
    }
}
