using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Simulation;

/// <summary>A few trainers of which one is made to do what is tested, at a moment that is known: each waits in its probes until it may go on.</summary>
public abstract class FewTrainers : IDisposable
{
    // All perturbations in one block: whoever has it holds up the iteration, and nobody knows what a block usually takes.
    protected const string OneBlock = "compo.probing { block-size = 1000, block-deadline = 1h }";

    protected const string SmallBlocks = "compo.probing { block-size = 10, block-deadline = 1h }";

    protected static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryFolder _folder = new();

    private protected ManualResetEventSlim MayGoOn { get; } = new();

    public void Dispose()
    {
        MayGoOn.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static NodeStatus Of(TrainingStatus status, int number) => status.Nodes.Single(node => node.Address == SimulatedCluster.AddressOf(number));

    private protected static Task<TrainingStatus> ProbingAsync(SimulatedCluster cluster) => cluster.UntilAsync(now => now.Phase == RunPhase.Probing, Pause);

    private protected static async Task<NodeStatus> WithStateAsync(SimulatedCluster cluster, int number, TrainerState state) =>
        Of(await cluster.UntilAsync(now => now.Nodes.Any(node => node.Address == SimulatedCluster.AddressOf(number) && node.State == state), Pause), number);

    private protected static async Task<TrainingStatus> EndedAsync(SimulatedCluster cluster)
    {
        var status = await cluster.UntilAsync(now => now.HasEnded, Pause);
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        return status;
    }

    /// <summary>Whom events of a kind were about.</summary>
    private protected static async Task<string?[]> EventsAsync(SimulatedCluster cluster, EventKind kind) =>
        [.. Assert.IsType<RecentEvents>(await cluster.AskAsync(new GetEvents(0))).Events.Where(happened => happened.Kind == kind).Select(happened => happened.Node)];

    private protected TinyModelLoader Waiting() => new() { BeforeProbe = (_, cancellation) => MayGoOn.Wait(cancellation) };

    private protected async Task<Digest?> UndisturbedAsync(double gate = 0.05)
    {
        await using var cluster = await SimulatedCluster.StartAsync(new Conduct(TimeSpan.Zero), _folder["undisturbed"], SmallBlocks);
        cluster.Join(0, new TinyModelLoader());
        await cluster.StartRunAsync("run", Settings("undisturbed") with { Gate = gate });
        var status = await EndedAsync(cluster);
        Assert.Equal(gate < 0.5, status.Accepted > 0);
        return status.HeadDigest;
    }

    private protected Task<SimulatedCluster> StartAsync(string hocon) => SimulatedCluster.StartAsync(new Conduct(TimeSpan.Zero), _folder["state"], hocon);

    private protected RunSettings Settings(string name = "state") => new()
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
        Output = _folder[$"{name}/run"],
    };
}
