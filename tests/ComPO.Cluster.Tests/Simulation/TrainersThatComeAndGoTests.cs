using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Simulation;

/// <summary>A few trainers of which one is made to do what is tested, at a moment that is known: each waits in its probes until it may go on.</summary>
public sealed class TrainersThatComeAndGoTests : IDisposable
{
    // All perturbations in one block: whoever has it holds up the iteration, and nobody knows what a block usually takes.
    private const string OneBlock = "compo.probing { block-size = 1000, block-deadline = 1h }";

    private const string SmallBlocks = "compo.probing { block-size = 10, block-deadline = 1h }";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualResetEventSlim _mayGoOn = new();

    public void Dispose()
    {
        _mayGoOn.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_trainer_that_joins_in_the_middle_of_an_iteration_gets_blocks_of_it_and_is_known_with_all_that_it_is()
    {
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);

        // The first one goes on when the second has probed.
        var second = new TinyModelLoader { Devices = [new DeviceDescription("x", 3, 1 << 20)], BeforeProbe = (_, _) => _mayGoOn.Set() };
        cluster.Join(1, second);
        var status = await EndedAsync(cluster);

        Assert.Equal([0], second.ProbedDevices);
        var node = Of(status, 1);
        Assert.Equal([("x", 3, 1L << 20)], node.Devices.Select(device => (device.Name, device.Threads, device.MemoryBytes)));
        Assert.Equal((second.ComputeClass, true, (long?)(1 << 20)), (node.ComputeClass, node.HasBody, node.ModelMemoryBytes));
        Assert.Equal(status.HeadDigest, node.HeadDigest);
    }

    [Fact]
    public async Task A_trainer_that_leaves_hands_back_the_block_that_it_is_at()
    {
        await using var cluster = await StartAsync(OneBlock);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);
        cluster.Join(1, new TinyModelLoader());
        await cluster.UntilAsync(now => now.Nodes.Any(node => node.Address == SimulatedCluster.AddressOf(1) && node.State == TrainerState.Ready), Pause);

        await cluster.LeaveAsync(0);

        var status = await EndedAsync(cluster);
        Assert.Equal([SimulatedCluster.AddressOf(1)], status.Nodes.Select(node => node.Address));
        Assert.False(_mayGoOn.IsSet);
    }

    [Fact]
    public async Task A_block_that_is_not_answered_by_its_deadline_is_done_by_another()
    {
        await using var cluster = await StartAsync("compo.probing { block-size = 1000, block-deadline = 300ms }");
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);

        cluster.Join(1, new TinyModelLoader());

        // It is still at it when all is done.
        await EndedAsync(cluster);
        Assert.False(_mayGoOn.IsSet);
    }

    [Fact]
    public async Task A_slow_trainer_does_not_hold_the_iteration()
    {
        var expected = await UndisturbedAsync();
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);

        cluster.Join(1, new TinyModelLoader());

        // What it is at is given to the other one too, long before its deadline, and it has done nothing by the end.
        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
        Assert.False(_mayGoOn.IsSet);
    }

    [Theory]
    [InlineData(0.05)]
    // When no update is made, nobody waits for its trainer before the next pair is to be selected, which it has done so far.
    [InlineData(0.99)]
    public async Task A_trainer_whose_device_does_not_stop_holds_up_nothing_and_catches_up_when_it_does(double gate)
    {
        var expected = await UndisturbedAsync(gate);
        using var mayEnd = new ManualResetEventSlim();
        var pairs = 0;
        await using var cluster = await StartAsync(SmallBlocks + "\ncompo.node.register-interval = 50ms");
        cluster.Join(0, new TinyModelLoader { BeforeProbe = (_, _) => _mayGoOn.Wait(CancellationToken.None) });
        await cluster.StartRunAsync("run", Settings() with { Gate = gate });
        await ProbingAsync(cluster);

        cluster.Join(1, new TinyModelLoader
        {
            BeforePrepare = _ => pairs++,
            BeforeProbe = (_, cancellation) =>
            {
                if (pairs == 2)
                    mayEnd.Wait(cancellation);
            },
        });

        await cluster.UntilAsync(now => now is { Committed: 1, Phase: RunPhase.Probing }, Pause);
        await WithStateAsync(cluster, 0, TrainerState.CatchingUp);
        Assert.False(_mayGoOn.IsSet);
        _mayGoOn.Set();
        await WithStateAsync(cluster, 0, TrainerState.Ready);
        mayEnd.Set();
        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_block_that_fails_on_three_trainers_stops_the_run_with_its_cause()
    {
        using var allAreAtWork = new CountdownEvent(3);
        var failed = new List<int>();
        await using var cluster = await StartAsync(SmallBlocks);
        for (var i = 0; i < 3; i++)
        {
            var (number, isAtWork) = (i, false);
            cluster.Join(number, new TinyModelLoader
            {
                BeforeProbe = (first, cancellation) =>
                {
                    if (!isAtWork)
                        allAreAtWork.Signal();
                    isAtWork = true;
                    allAreAtWork.Wait(cancellation);
                    if (first != 0)
                        return;
                    lock (failed)
                        failed.Add(number);
                    throw new InvalidOperationException("There is a crack in the first block.");
                },
            });
        }
        await cluster.StartRunAsync("run", Settings());

        var status = await cluster.UntilAsync(now => now.HasEnded, Pause);

        Assert.Equal((RunPhase.Failed, (int)ExitCode.RunFailed), (status.Phase, status.ExitCode));
        Assert.StartsWith("Perturbations 0 to 9 of iteration 0 failed 3 times, last on akka.tcp://ComPO@trainer-", status.Failure, StringComparison.Ordinal);
        Assert.EndsWith("There is a crack in the first block.", status.Failure, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2], failed.Order());
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_trainer_that_fails_block_after_block_is_quarantined_and_the_run_goes_on_without_it()
    {
        using var goodIsAtWork = new ManualResetEventSlim();
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, new TinyModelLoader
        {
            BeforeProbe = (_, cancellation) =>
            {
                goodIsAtWork.Set();
                _mayGoOn.Wait(cancellation);
            },
        });
        cluster.Join(1, new TinyModelLoader
        {
            BeforeProbe = (_, cancellation) =>
            {
                goodIsAtWork.Wait(cancellation);
                throw new InvalidOperationException("It overheats.");
            },
        });
        await cluster.StartRunAsync("run", Settings());

        var note = (await WithStateAsync(cluster, 1, TrainerState.Quarantined)).Note;
        _mayGoOn.Set();

        Assert.EndsWith("It overheats.", note, StringComparison.Ordinal);
        Assert.Equal(TrainerState.Quarantined, Of(await EndedAsync(cluster), 1).State);
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_trainer_that_fails_every_block_while_it_is_the_only_one_at_work_is_quarantined_too()
    {
        using var mayPrepare = new ManualResetEventSlim();
        var expected = await UndisturbedAsync();
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, new TinyModelLoader { BeforeProbe = (_, _) => throw new InvalidOperationException("It overheats.") });
        cluster.Join(1, new TinyModelLoader { BeforePrepare = _ => mayPrepare.Wait(Patience.Longest) });
        await cluster.UntilAsync(now => now.Nodes.Length == 2, Pause);
        await cluster.StartRunAsync("run", Settings());

        await WithStateAsync(cluster, 0, TrainerState.Quarantined);
        mayPrepare.Set();

        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
    }

    [Fact]
    [Trait("Invariant", "4 Replicas agree or stop")]
    public async Task A_trainer_whose_head_is_damaged_is_found_out_when_it_answers_first()
    {
        var expected = await UndisturbedAsync();
        await using var cluster = await StartAsync(SmallBlocks);
        var probes = 0;
        cluster.Join(0, new TinyModelLoader { BeforePrepare = head => head.Values[100] += 1, BeforeProbe = (_, _) => probes++ });
        await cluster.StartRunAsync("run", Settings());

        var note = (await WithStateAsync(cluster, 0, TrainerState.Quarantined)).Note!;
        cluster.Join(1, new TinyModelLoader());

        Assert.Contains(BaseDigestOf(new TinyModelLoader()), note, StringComparison.Ordinal);
        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
        Assert.Equal(0, probes);
    }

    [Fact]
    [Trait("Invariant", "4 Replicas agree or stop")]
    public async Task A_trainer_whose_head_is_damaged_is_brought_back_and_the_second_time_quarantined()
    {
        var expected = await UndisturbedAsync();
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);

        var (damages, probes) = (0, 0);
        cluster.Join(1, new TinyModelLoader
        {
            BeforePrepare = head =>
            {
                damages++;
                head.Values[100] += 1;
            },
            BeforeProbe = (_, _) => probes++,
        });
        var note = (await WithStateAsync(cluster, 1, TrainerState.Quarantined)).Note;
        _mayGoOn.Set();

        Assert.Contains("on a head with digest", note, StringComparison.Ordinal);
        Assert.Equal((2, 0), (damages, probes));
        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
    }

    [Fact]
    [Trait("Invariant", "4 Replicas agree or stop")]
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_trainer_of_another_base_model_is_refused_with_both_digests()
    {
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);

        var other = new TinyModelLoader { BaseSeed = 8 };
        cluster.Join(1, other);
        var note = (await WithStateAsync(cluster, 1, TrainerState.Refused)).Note!;
        _mayGoOn.Set();

        Assert.Contains(BaseDigestOf(other), note, StringComparison.Ordinal);
        Assert.Contains(BaseDigestOf(new TinyModelLoader()), note, StringComparison.Ordinal);
        await EndedAsync(cluster);
        Assert.Empty(other.ProbedDevices);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trainer_of_another_compute_class_is_refused_unless_the_run_allows_it(bool isAllowed)
    {
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings() with { AllowMixedClasses = isAllowed });
        await ProbingAsync(cluster);

        cluster.Join(1, new TinyModelLoader { ComputeClass = "huge", BeforeProbe = (_, _) => _mayGoOn.Set() });

        if (!isAllowed)
        {
            Assert.Contains("computes as huge, the run as tiny", (await WithStateAsync(cluster, 1, TrainerState.Refused)).Note, StringComparison.Ordinal);
            Assert.False(_mayGoOn.IsSet);
            _mayGoOn.Set();
        }
        await EndedAsync(cluster);
    }

    private static string BaseDigestOf(TinyModelLoader loader)
    {
        using var model = loader.Load(new ModelRequest("model", null, true));
        return model.Description.BaseDigest.ToString();
    }

    private static NodeStatus Of(TrainingStatus status, int number) => status.Nodes.Single(node => node.Address == SimulatedCluster.AddressOf(number));

    private static Task<TrainingStatus> ProbingAsync(SimulatedCluster cluster) => cluster.UntilAsync(now => now.Phase == RunPhase.Probing, Pause);

    private static async Task<NodeStatus> WithStateAsync(SimulatedCluster cluster, int number, TrainerState state) =>
        Of(await cluster.UntilAsync(now => now.Nodes.Any(node => node.Address == SimulatedCluster.AddressOf(number) && node.State == state), Pause), number);

    private static async Task<TrainingStatus> EndedAsync(SimulatedCluster cluster)
    {
        var status = await cluster.UntilAsync(now => now.HasEnded, Pause);
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        return status;
    }

    private TinyModelLoader Waiting() => new() { BeforeProbe = (_, cancellation) => _mayGoOn.Wait(cancellation) };

    private async Task<Digest?> UndisturbedAsync(double gate = 0.05)
    {
        await using var cluster = await SimulatedCluster.StartAsync(new Conduct(TimeSpan.Zero), _folder["undisturbed"], SmallBlocks);
        cluster.Join(0, new TinyModelLoader());
        await cluster.StartRunAsync("run", Settings("undisturbed") with { Gate = gate });
        var status = await EndedAsync(cluster);
        Assert.Equal(gate < 0.5, status.Accepted > 0);
        return status.HeadDigest;
    }

    private Task<SimulatedCluster> StartAsync(string hocon) => SimulatedCluster.StartAsync(new Conduct(TimeSpan.Zero), _folder["state"], hocon);

    private RunSettings Settings(string name = "state") => new()
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
