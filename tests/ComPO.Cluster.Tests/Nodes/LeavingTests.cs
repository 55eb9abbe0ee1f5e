using Akka.Actor;
using Akka.Cluster;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Nodes;

public sealed class LeavingTests : IDisposable
{
    // All perturbations in one block: whoever has it holds up the iteration, and nobody knows what a block usually takes.
    private const string OneBlock = "compo.probing { block-size = 1000, block-deadline = 1h }";

    // Leaving goes no further than this phase, the one after blocks are handed back, before the test lets it.
    private const string LeavesSlowly = "akka.coordinated-shutdown.phases.service-unbind.timeout = 10m";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_node_that_is_told_to_end_hands_back_the_block_that_it_is_at_before_it_leaves_the_cluster()
    {
        using var mayGoOn = new ManualResetEventSlim();
        var mayLeave = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var seed = await TestNode.StartAsync(["seed"], null, hocon: OneBlock);
        await using var first = await TestNode.StartAsync(
            ["trainer"], new TinyModelLoader { BeforeProbe = (_, cancellation) => mayGoOn.Wait(cancellation) }, seed.Address, $"{OneBlock}\n{LeavesSlowly}");
        CoordinatedShutdown.Get(first.System).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "wait", async () =>
        {
            await mayLeave.Task;
            return Akka.Done.Instance;
        });
        await using var console = new TestConsole(seed.Address);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", Settings().ToJson())));
        await console.UntilAsync(status => status.Phase == RunPhase.Probing);
        await using var second = await TestNode.StartAsync(["trainer"], new TinyModelLoader(), seed.Address, OneBlock);
        await console.UntilAsync(status => status.Nodes.Any(node => node.Address == second.Address.ToString() && node.State == TrainerState.Ready));

        var leaving = CoordinatedShutdown.Get(first.System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        try
        {
            var ended = await console.UntilAsync(status => status.HasEnded);

            Assert.True(ended.Phase == RunPhase.Completed, ended.Failure);
            Assert.Equal([second.Address.ToString()], ended.Nodes.Select(node => node.Address));
            // Neither has it done the block nor is it gone, which would have given the block to others too.
            Assert.False(mayGoOn.IsSet);
            Assert.Equal(MemberStatus.Up, Akka.Cluster.Cluster.Get(seed.System).State.Members.Single(member => member.Address == first.Address).Status);
        }
        finally
        {
            mayLeave.SetResult();
            await leaving;
        }
    }

    [Fact]
    public async Task A_node_that_leaves_begins_nothing_that_is_asked_of_it_by_those_who_have_not_heard_so()
    {
        await using var node = await TestNode.StartAsync(["seed", "trainer"], new TinyModelLoader());
        var agent = node.System.ActorSelection($"/user/{NodeAgent.Name}");
        await agent.Ask<Akka.Done>(NodeAgent.Leave.Instance, Patience.Longest, TestContext.Current.CancellationToken);

        var reply = await agent.Ask<INodeReply>(new SelectPair(7, 0), Patience.Longest, TestContext.Current.CancellationToken);

        Assert.Equal((7, (int)ExitCode.Interrupted), Assert.IsType<NodeFailed>(reply) is var failed ? (failed.Request, failed.ExitCode) : default);
    }

    private RunSettings Settings() => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = 2,
        Perturbations = 200,
        Radius = 0.01,
        Gate = 0.05,
        Density = 0.1,
        StepSize = 1,
        NoiseThreshold = 50,
        Output = _folder["run"],
    };
}
