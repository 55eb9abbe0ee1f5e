using ComPO.Core.Engines;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Simulation;

/// <summary>Trainers that join, leave, fall silent and are slow.</summary>
public sealed class TrainersThatComeAndGoTests : FewTrainers
{
    [Fact]
    public async Task A_trainer_that_joins_in_the_middle_of_an_iteration_gets_blocks_of_it_and_is_known_with_all_that_it_is()
    {
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);

        // The first one goes on when the second has probed.
        var second = new TinyModelLoader { Devices = [new DeviceDescription("x", 3, 1 << 20)], BeforeProbe = (_, _) => MayGoOn.Set() };
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
        Assert.False(MayGoOn.IsSet);
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
        Assert.False(MayGoOn.IsSet);
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
        Assert.False(MayGoOn.IsSet);
    }

    [Fact]
    public async Task A_trainer_that_hangs_while_it_makes_its_part_of_an_update_does_not_hold_the_iteration()
    {
        var expected = await UndisturbedAsync();
        var tallies = 0;
        await using var cluster = await StartAsync(SmallBlocks + "\ncompo.probing { rows-deadline = 100ms, resend-interval = 50ms }");
        for (var i = 0; i < 2; i++)
        {
            cluster.Join(i, new TinyModelLoader
            {
                // The first of the two that gets to it.
                BeforeTally = () =>
                {
                    if (Interlocked.Increment(ref tallies) == 1)
                        MayGoOn.Wait(CancellationToken.None);
                },
            });
        }
        await cluster.UntilAsync(now => now.Nodes.Length == 2, Pause);
        await cluster.StartRunAsync("run", Settings());

        var ended = await EndedAsync(cluster);

        // It has not come back by then.
        Assert.False(MayGoOn.IsSet);
        MayGoOn.Set();
        Assert.Equal(expected, ended.HeadDigest);
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
        cluster.Join(0, new TinyModelLoader { BeforeProbe = (_, _) => MayGoOn.Wait(CancellationToken.None) });
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
        Assert.False(MayGoOn.IsSet);
        MayGoOn.Set();
        await WithStateAsync(cluster, 0, TrainerState.Ready);
        mayEnd.Set();
        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
    }
}
