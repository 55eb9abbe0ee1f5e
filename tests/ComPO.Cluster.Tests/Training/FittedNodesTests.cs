using Akka.Actor;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Cluster.Trainers;
using ComPO.Cluster.Training;
using ComPO.Protocol;
using ComPO.Protocol.Serialization;

namespace ComPO.Cluster.Tests.Training;

/// <summary>However many trainers there are, and whatever they say of themselves, a status fits a frame, and nobody joins beyond what a cluster takes.</summary>
public sealed class FittedNodesTests
{
    private const string Patiently = "compo.supervisor.trainer-silence = 1h";

    [Fact]
    public void What_fits_is_told_as_it_is()
    {
        NodeStatus[] nodes = [.. Enumerable.Range(0, 1000).Select(i => Node(i, devices: 4, noteLength: 0))];

        Assert.Equal(nodes, FittedNodes.Of(nodes, Limits.NodesBytes));
    }

    [Fact]
    public void Of_a_thousand_trainers_with_long_notes_and_many_devices_each_is_told_with_its_sums()
    {
        NodeStatus[] nodes = [.. Enumerable.Range(0, 1000).Select(i => Node(i, devices: 16, noteLength: Limits.Sentence))];

        // Beside the longest lines of a log that an answer holds.
        var fitted = FittedNodes.Of(nodes, Limits.NodesBytes - Limits.LogLines * Limits.LogLine);

        Assert.Equal(nodes.Select(node => (node.Address, node.State)), fitted.Select(node => (node.Address, node.State)));
        Assert.All(fitted, node => Assert.StartsWith("It xxx", node.Note, StringComparison.Ordinal));
        Assert.All(fitted, node => Assert.Equal(new DeviceStatus("16 devices", 32, 16L << 30, 8, 0.25), Assert.Single(node.Devices)));
        var answer = new TrainingProgress(
            [.. Enumerable.Repeat(new string('0', Limits.LogLine), Limits.LogLines)], HasMore: true, StatusOf(fitted));
        using var system = ActorSystem.Create("serializing");
        Assert.InRange(new ComPOMessageSerializer((ExtendedActorSystem)system).ToBinary(answer).Length, 0, Limits.FrameBytes - (64 << 10));
    }

    [Fact]
    public void Names_without_measure_leave_the_last_ones_out()
    {
        NodeStatus[] nodes = [.. Enumerable.Range(0, 1000).Select(i => Node(i, devices: 1, noteLength: 0) with { Address = $"{i:0000}{new string('a', 4000)}" })];

        var fitted = FittedNodes.Of(nodes, Limits.NodesBytes);

        Assert.InRange(fitted.Length, 100, 999);
        Assert.Equal(nodes.Take(fitted.Length).Select(node => node.Address), fitted.Select(node => node.Address));
    }

    [Fact]
    public async Task As_many_trainers_as_a_cluster_takes_are_shown_to_a_console_and_more_are_refused()
    {
        await using var seed = await TestNode.StartAsync(["seed"], null, hocon: Patiently);
        await using var console = new TestConsole(seed.Address);
        await console.UntilAsync(_ => true);
        var supervisor = await seed.System.ActorSelection("/user/supervisor-proxy").ResolveOne(Patience.Longest, TestContext.Current.CancellationToken);

        using var agent = Inbox.Create(seed.System);
        var answers = new List<object>();
        for (var i = 0; i < Limits.Nodes + 3; i++)
            answers.Add(await RegisterAsync(agent, supervisor, i));

        Assert.Equal(Limits.Nodes, answers.OfType<NodeRegistered>().Count());
        Assert.All(answers.TakeLast(3), answer => Assert.Equal(RefusalReason.TooManyTrainers, Assert.IsType<RequestRefused>(answer).Reason));
        // Those that are known may say again that they are there.
        Assert.IsType<NodeRegistered>(await RegisterAsync(agent, supervisor, 0));
        Assert.Equal(Limits.Nodes, (await console.UntilAsync(_ => true)).Nodes.Length);
    }

    // A node that says much of itself.
    private static async Task<object> RegisterAsync(Inbox agent, IActorRef supervisor, int number)
    {
        agent.Send(supervisor, new RegisterNode(Node(number, devices: 16, noteLength: Limits.Sentence)));
        while (true)
        {
            // One that is new is told to let go of what it may hold.
            if (await agent.ReceiveAsync(Patience.Longest) is var answer and not INodeRequest)
                return answer;
        }
    }

    private static TrainingStatus StatusOf(NodeStatus[] nodes) => RunStatus.Of(
        null, new RunProgress(TimeProvider.System, new IterationTrace()), new TrainerRoster(), TimeSpan.Zero, "akka.tcp://ComPO@10.0.0.1:4053", 0, DateTimeOffset.UnixEpoch)
        with { Nodes = nodes, Output = new string('o', Limits.Path), Failure = new string('f', Limits.Sentence) };

    private static NodeStatus Node(int number, int devices, int noteLength) => new(
        $"akka.tcp://ComPO@trainer-{number:0000}.example.org:4053",
        "cpu-amd-avx512-bf16-libtorch2.10.0",
        [.. Enumerable.Range(0, devices).Select(i => new DeviceStatus($"cuda:{i}", 2, 1 << 30, 0.5, 0.25))],
        TrainerState.Refused,
        noteLength == 0 ? null : "It " + new string('x', noteLength - 3),
        HasBody: true,
        ModelMemoryBytes: 1 << 30,
        Received: new ReceivedBlobs(1, 2, 3));
}
