using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Simulation;

/// <summary>Trainers that fail, hold a damaged head, or are of another model or kind.</summary>
public sealed class TrainersAtFaultTests : FewTrainers
{
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
                MayGoOn.Wait(cancellation);
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
        MayGoOn.Set();

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
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_trainer_that_cannot_prepare_pairs_is_quarantined_and_the_run_goes_on_without_it()
    {
        var expected = await UndisturbedAsync();
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);

        var attempts = 0;
        cluster.Join(1, new TinyModelLoader
        {
            BeforePrepare = _ =>
            {
                attempts++;
                throw new InvalidOperationException("Its disk is full.");
            },
        });
        var note = (await WithStateAsync(cluster, 1, TrainerState.Quarantined)).Note;
        MayGoOn.Set();

        Assert.EndsWith("Its disk is full.", note, StringComparison.Ordinal);
        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
        Assert.Equal(3, attempts);
        Assert.Equal(SimulatedCluster.AddressOf(1), Assert.Single(await EventsAsync(cluster, EventKind.TrainerQuarantined)));
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task A_run_whose_only_trainer_fails_again_and_again_ends_with_the_cause()
    {
        var attempts = 0;
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, new TinyModelLoader
        {
            BeforePrepare = _ =>
            {
                attempts++;
                throw new InvalidOperationException("It is broken.");
            },
        });
        await cluster.StartRunAsync("run", Settings());

        var status = await cluster.UntilAsync(now => now.HasEnded, Pause);

        Assert.Equal((RunPhase.Failed, (int)ExitCode.RunFailed, 3), (status.Phase, status.ExitCode, attempts));
        Assert.EndsWith("It is broken.", status.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trainer_that_gives_up_what_it_does_before_it_is_heard_that_it_leaves_has_no_fault()
    {
        var expected = await UndisturbedAsync();
        using var hasGivenUp = new ManualResetEventSlim();
        var isAtWork = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempts = 0;
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);
        cluster.Join(1, new TinyModelLoader
        {
            BeforePrepare = _ =>
            {
                if (Interlocked.Increment(ref attempts) > 1)
                    return;
                isAtWork.SetResult();
                hasGivenUp.Wait(Patience.Longest);
                throw new OperationCanceledException();
            },
            // It has come back when it probes.
            BeforeProbe = (_, _) => MayGoOn.Set(),
        });
        await isAtWork.Task.WaitAsync(Patience.Longest, TestContext.Current.CancellationToken);

        await cluster.InterruptAsync(1);
        hasGivenUp.Set();

        Assert.Equal(expected, (await EndedAsync(cluster)).HeadDigest);
        Assert.Empty(await EventsAsync(cluster, EventKind.TrainerFaulted));
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task What_one_trainer_cannot_do_for_all_another_does()
    {
        var attempts = 0;
        void Export()
        {
            // Whoever is asked first.
            if (Interlocked.Increment(ref attempts) == 1)
                throw new InvalidOperationException("Its memory is gone.");
        }
        await using var cluster = await StartAsync(SmallBlocks);
        for (var i = 0; i < 2; i++)
            cluster.Join(i, new TinyModelLoader { BeforeExport = Export });
        await cluster.UntilAsync(now => now.Nodes.Length == 2, Pause);
        await cluster.StartRunAsync("run", Settings());

        await EndedAsync(cluster);

        Assert.Equal(2, attempts);
        Assert.Single(await EventsAsync(cluster, EventKind.TrainerFaulted));
    }

    [Fact]
    [Trait("Invariant", "5 No silent failure")]
    public async Task What_no_trainer_can_do_ends_the_run_with_the_cause_when_each_has_tried_often_enough()
    {
        var attempts = 0;
        await using var cluster = await StartAsync(SmallBlocks);
        // One without a body is of no help, and does not keep the run waiting for it.
        cluster.Join(0, new TinyModelLoader { HasBody = false });
        for (var i = 1; i < 3; i++)
        {
            cluster.Join(i, new TinyModelLoader
            {
                BeforeExport = () =>
                {
                    Interlocked.Increment(ref attempts);
                    throw new InvalidOperationException("Its memory is gone.");
                },
            });
        }
        await cluster.UntilAsync(now => now.Nodes.Length == 3, Pause);
        await cluster.StartRunAsync("run", Settings());

        var status = await cluster.UntilAsync(now => now.HasEnded, Pause);

        Assert.Equal((RunPhase.Failed, (int)ExitCode.RunFailed, 6), (status.Phase, status.ExitCode, attempts));
        Assert.EndsWith("Its memory is gone.", status.Failure, StringComparison.Ordinal);
        Assert.Single(await EventsAsync(cluster, EventKind.TrainerQuarantined));
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
        MayGoOn.Set();

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
        MayGoOn.Set();

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

        cluster.Join(1, new TinyModelLoader { ComputeClass = "huge", Skew = 1e-7, BeforeProbe = (_, _) => MayGoOn.Set() });

        if (!isAllowed)
        {
            Assert.Contains("computes as huge, the run as tiny", (await WithStateAsync(cluster, 1, TrainerState.Refused)).Note, StringComparison.Ordinal);
            Assert.False(MayGoOn.IsSet);
            MayGoOn.Set();
        }
        await EndedAsync(cluster);
    }

    [Fact]
    public async Task What_a_trainer_answers_that_was_taken_for_gone_is_no_answer_and_another_is_asked_for()
    {
        using var exports = new SemaphoreSlim(0);
        using var mayExport = new SemaphoreSlim(0);
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, new TinyModelLoader
        {
            BeforeExport = () =>
            {
                exports.Release();
                mayExport.Wait(TestContext.Current.CancellationToken);
            },
        });
        await cluster.StartRunAsync("run", Settings());
        await exports.WaitAsync(TestContext.Current.CancellationToken);

        // Nobody is left to ask: the run waits, and what comes is for a question that nobody has any more.
        cluster.TakeForGone(0);
        await cluster.UntilAsync(now => now.Phase == RunPhase.Waiting, Pause);
        mayExport.Release(2);

        await EndedAsync(cluster);
        var events = Assert.IsType<RecentEvents>(await cluster.AskAsync(new GetEvents(0)));
        Assert.DoesNotContain(events.Events, happened => happened.Kind == EventKind.RunTakenOver);
    }

    [Fact]
    public async Task A_stopped_run_that_nobody_can_write_a_model_of_ends_without_when_it_is_told_again()
    {
        await using var cluster = await StartAsync(SmallBlocks);
        cluster.Join(0, Waiting());
        await cluster.StartRunAsync("run", Settings());
        await ProbingAsync(cluster);
        cluster.Kill(0);
        await cluster.UntilAsync(now => now.Nodes.Length == 0, Pause);

        Assert.IsType<TrainingStopping>(await cluster.AskAsync(new StopTraining("run")));
        Assert.False((await cluster.UntilAsync(now => now.Phase == RunPhase.Waiting, Pause)).HasEnded);
        Assert.IsType<TrainingStopping>(await cluster.AskAsync(new StopTraining("run")));

        var ended = await cluster.UntilAsync(now => now.HasEnded, Pause);
        Assert.Equal((RunPhase.Stopped, (string?)null), (ended.Phase, ended.Failure));
        cluster.Join(1, new TinyModelLoader());
        Assert.IsType<TrainingStarted>(await cluster.AskAsync(new StartTraining("another", Settings("another").ToJson())));
    }

    private static string BaseDigestOf(TinyModelLoader loader)
    {
        using var model = loader.Load(new ModelRequest("model", null, true));
        return model.Description.BaseDigest.ToString();
    }
}
