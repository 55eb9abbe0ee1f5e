using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ComPO.Node.Tests.Processes;

public sealed class RoleTests
{
    [Fact]
    public async Task A_seed_says_that_it_is_up_and_ends_well_when_asked_to()
    {
        await using var seed = NodeProcess.Start("--role", "seed", "--port", "0");

        Assert.Matches(@"^ComPO node akka\.tcp://ComPO@127\.0\.0\.1:\d+ \[seed\] with http://127\.0\.0\.1:\d+/ is up$", await seed.FirstLineAsync());

        seed.SendTerminate();
        Assert.Equal(0, await seed.ExitCodeAsync());
        // A busy machine makes Akka.Cluster warn of its own late heartbeats.
        Assert.False(Regex.IsMatch(seed.Error, @"(?m)^(?!warn: Akka\.(?!.*CoordinatedShutdown))."), seed.Error);
    }

    [Fact]
    public async Task A_trainer_joins_the_seed_it_is_given_and_leaves_it_in_peace()
    {
        await using var seed = NodeProcess.Start("--role", "seed", "--port", "0");
        var address = AddressIn(await seed.FirstLineAsync());
        await using var trainer = NodeProcess.Start("--role", "trainer", "--port", "0", "--seed-node", address);

        Assert.EndsWith("[trainer] is up", await trainer.FirstLineAsync(), StringComparison.Ordinal);

        trainer.SendTerminate();
        Assert.Equal(0, await trainer.ExitCodeAsync());
        seed.SendTerminate();
        Assert.Equal(0, await seed.ExitCodeAsync());
        // A member that vanished instead of leaving would be reported as unreachable.
        Assert.DoesNotContain("UNREACHABLE", seed.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_port_in_use_exits_with_4_and_names_the_port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await using var node = NodeProcess.Start("--role", "seed", "--port", $"{port}");

        Assert.Equal(4, await node.ExitCodeAsync());
        Assert.Contains($"Port {port} of 127.0.0.1 is in use", node.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", node.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_for_HTTP_in_use_exits_with_4_and_names_the_port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await using var node = NodeProcess.Start("--role", "seed", "--port", "0", "--http-port", $"{port}");

        Assert.Equal(4, await node.ExitCodeAsync());
        Assert.Contains($"Port {port} of 127.0.0.1 is in use", node.Error, StringComparison.Ordinal);
        Assert.Contains("--http-port", node.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", node.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_whose_seed_does_not_answer_gives_up_with_4()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("compo-config-").FullName, "hasty.conf");
        await File.WriteAllTextAsync(file, "akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 2s", TestContext.Current.CancellationToken);
        const string nobody = "akka.tcp://ComPO@127.0.0.1:1";

        await using var node = NodeProcess.Start("--role", "trainer", "--port", "0", "--seed-node", nobody, "--config", file);

        Assert.Equal(4, await node.ExitCodeAsync());
        Assert.Contains($"No seed node answered at {nobody} within 2 seconds", node.Error, StringComparison.Ordinal);
        Assert.Equal("", await node.FirstLineAsync());
    }

    [Fact]
    public async Task A_state_folder_that_cannot_be_written_is_refused_with_8()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("compo-state-").FullName, "file");
        await File.WriteAllTextAsync(file, "in the way", TestContext.Current.CancellationToken);

        await using var node = NodeProcess.Start("--role", "seed", "--port", "0", "--state", Path.Combine(file, "state"));

        Assert.Equal(8, await node.ExitCodeAsync());
        Assert.Contains($"The state folder {file}", node.Error, StringComparison.Ordinal);
        Assert.Contains("--state", node.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", node.Error, StringComparison.Ordinal);
    }

    private static string AddressIn(string line) => Regex.Match(line, @"akka\.tcp://\S+").Value;
}
