using System.Collections.Concurrent;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Training;

public sealed class PauseTests : IDisposable
{
    private const string SmallBlocks = "compo.probing { block-size = 4, block-time = 0s }";
    private static readonly string[] Both = ["seed", "trainer"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pause_in_the_middle_of_an_iteration_keeps_its_outcomes_and_changes_no_bit()
    {
        var expected = await UndisturbedAsync();
        var probes = 0;
        using var mayGoOn = new SemaphoreSlim(9);
        var loader = new TinyModelLoader
        {
            BeforeProbe = (_, cancellation) =>
            {
                Interlocked.Increment(ref probes);
                mayGoOn.Wait(cancellation);
            },
        };
        await using var node = await TestNode.StartAsync(Both, loader, hocon: SmallBlocks);
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("run", Settings(_folder["run"]).ToJson()));
        await console.UntilAsync(_ => Volatile.Read(ref probes) == 10);

        // One block is being computed and one waits behind it, if it has come by now; what is there is finished.
        Assert.False(Assert.IsType<TrainingPausing>(await console.AskAsync(new PauseTraining(null))).AlreadyPaused);
        Assert.Equal(RunPhase.Probing, (await console.UntilAsync(status => status.Paused is not null)).Phase);
        mayGoOn.Release(1000);
        var paused = await console.UntilAsync(status => status.Phase == RunPhase.Paused);
        var begun = Volatile.Read(ref probes);
        Assert.InRange(begun, 10, 11);
        Assert.Equal((4 * begun, 0, false), (paused.PerturbationsDone, paused.Committed, paused.PausedByFault));
        Assert.Equal("An operator has paused it.", paused.Paused);
        // A trainer that comes meanwhile, and asks for work, gets none.
        await using var second = await TestNode.StartAsync(["trainer"], new TinyModelLoader { BeforeProbe = loader.BeforeProbe }, node.Address);
        await console.UntilAsync(status => status.Nodes.Count(trainer => trainer.State == TrainerState.Ready) == 2);
        Assert.Equal(4 * begun, (await console.UntilAsync(_ => true)).PerturbationsDone);
        Assert.Equal(begun, probes);

        Assert.IsType<TrainingResumed>(await console.AskAsync(new ResumeTraining("run")));
        mayGoOn.Release(10_000);
        var (lines, status) = await console.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        Assert.Equal(expected, status.HeadDigest);
        Assert.Equal((3, 4), (lines.Count, File.ReadAllLines(_folder["run/run.jsonl"]).Length));
        var events = Assert.IsType<RecentEvents>(await console.AskAsync(new GetEvents(0)));
        Assert.Equal(
            ["Run run is paused after 0 iterations: An operator has paused it.", "Run run is resumed after 0 iterations."],
            events.Events.Where(happened => happened.Kind == EventKind.RunControlled).Select(happened => happened.Sentence));
    }

    [Fact]
    public async Task A_paused_run_stays_paused_when_its_node_is_started_again()
    {
        var expected = await UndisturbedAsync();
        using var mayGoOn = new SemaphoreSlim(5);
        var loader = new TinyModelLoader { BeforeProbe = (_, cancellation) => mayGoOn.Wait(cancellation) };
        await using (var node = await TestNode.StartAsync(Both, loader, hocon: SmallBlocks, state: _folder["state"]))
        {
            await using var console = new TestConsole(node.Address);
            await console.AskAsync(new StartTraining("run", Settings(_folder["run"]).ToJson()));
            await console.UntilAsync(status => status.PerturbationsDone == 20);
            await console.AskAsync(new PauseTraining(null));
        }

        var probed = new ConcurrentQueue<int>();
        var counting = new TinyModelLoader { BeforeProbe = (first, _) => probed.Enqueue(first) };
        await using var again = await TestNode.StartAsync(Both, counting, hocon: SmallBlocks, state: _folder["state"]);
        await using var asker = new TestConsole(again.Address);
        var paused = await asker.UntilAsync(status => status.Phase == RunPhase.Paused && status.Nodes.Any(trainer => trainer.State == TrainerState.Ready));
        Assert.Equal(("An operator has paused it.", 20), (paused.Paused, paused.PerturbationsDone));
        Assert.IsType<TrainingResumed>(await asker.AskAsync(new ResumeTraining(null)));
        var (_, status) = await asker.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        Assert.Equal(expected, status.HeadDigest);
        // What was known of the first iteration is not probed again, the rest is, and the later ones are whole.
        var perturbations = Settings("").Perturbations;
        Assert.Equal(Enumerable.Range(5, perturbations / 4 - 5).Select(block => 4 * block), probed.Take(perturbations / 4 - 5));
        Assert.Equal(0, probed.ElementAt(perturbations / 4 - 5));
    }

    [Fact]
    public async Task A_run_whose_disk_is_full_pauses_says_so_and_goes_on_once_there_is_room()
    {
        var expected = await UndisturbedAsync();
        using var disk = new SmallDisk(256 << 10);
        var isFilled = 0;
        var loader = new TinyModelLoader
        {
            BeforeProbe = (_, _) =>
            {
                if (Interlocked.Exchange(ref isFilled, 1) == 0)
                    disk.Fill();
            },
        };
        await using var node = await TestNode.StartAsync(Both, loader);
        await using var console = new TestConsole(node.Address);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", Settings(disk["run"]).ToJson())));

        var paused = await console.UntilAsync(status => status.Phase == RunPhase.Paused);
        Assert.True(paused.PausedByFault);
        Assert.Contains($"The run folder {disk["run"]} cannot be written", paused.Paused, StringComparison.Ordinal);
        Assert.Contains("free some space, then resume the run", paused.Paused, StringComparison.Ordinal);
        Assert.All(
            File.ReadAllLines(disk["run/run.jsonl"]).Skip(1), (line, i) => Assert.Equal(i, IterationRecord.FromJson(line, "line").Iteration));
        Assert.DoesNotContain(Directory.EnumerateFiles(disk["run"], "*", SearchOption.AllDirectories), file => file.EndsWith(".part", StringComparison.Ordinal));
        var refused = Assert.IsType<RequestRefused>(await console.AskAsync(new ResumeTraining(null)));
        Assert.Equal((RefusalReason.OutputFolder, 8), (refused.Reason, refused.ExitCode));
        Assert.Equal(RunPhase.Paused, (await console.UntilAsync(_ => true)).Phase);

        disk.Empty();
        Assert.IsType<TrainingResumed>(await console.AskAsync(new ResumeTraining(null)));
        var (lines, status) = await console.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        Assert.Equal(expected, status.HeadDigest);
        Assert.Equal(lines, File.ReadAllLines(disk["run/run.jsonl"])[1..]);
        Assert.All(lines, line => Assert.True(File.Exists(disk[$"run/features/{IterationRecord.FromJson(line, "line").FeatureDigest}.safetensors"])));
    }

    [Fact]
    public async Task An_export_that_finds_the_disk_full_pauses_the_run_and_is_done_when_it_is_resumed()
    {
        var isFull = true;
        var loader = new TinyModelLoader
        {
            BeforeExport = () =>
            {
                if (Volatile.Read(ref isFull))
                    throw new StorageException("The model cannot be written: no space left.");
            },
        };
        await using var node = await TestNode.StartAsync(Both, loader);
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("run", Settings(_folder["run"]).ToJson()));

        var paused = await console.UntilAsync(status => status.Phase == RunPhase.Paused);
        Assert.Equal((3, $"{node.Address}: The model cannot be written: no space left."), (paused.Committed, paused.Paused));
        Volatile.Write(ref isFull, false);
        Assert.IsType<TrainingResumed>(await console.AskAsync(new ResumeTraining(null)));
        var (_, status) = await console.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        Assert.Equal(status.HeadDigest.ToString(), File.ReadAllText(_folder["run/model/digest.txt"]));
    }

    [Fact]
    public async Task A_paused_run_that_is_stopped_keeps_what_it_committed()
    {
        using var mayGoOn = new SemaphoreSlim(75);
        var loader = new TinyModelLoader { BeforeProbe = (_, cancellation) => mayGoOn.Wait(cancellation) };
        await using var node = await TestNode.StartAsync(Both, loader, hocon: SmallBlocks);
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("run", Settings(_folder["run"]).ToJson()));
        await console.UntilAsync(status => status is { Committed: 1, PerturbationsDone: > 50 });
        await console.AskAsync(new PauseTraining(null));
        mayGoOn.Release(2);
        await console.UntilAsync(status => status.Phase == RunPhase.Paused);

        Assert.IsType<TrainingStopping>(await console.AskAsync(new StopTraining(null)));
        var (lines, status) = await console.WatchAsync();
        Assert.Equal((RunPhase.Stopped, 1, null), (status.Phase, lines.Count, status.Paused));
        Assert.True(File.Exists(_folder["run/model/digest.txt"]));
    }

    private async Task<Core.Digests.Digest?> UndisturbedAsync()
    {
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader());
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("plain", Settings(_folder["plain"]).ToJson()));
        return (await console.WatchAsync()).Status.HeadDigest;
    }

    private static RunSettings Settings(string output) => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = 3,
        Perturbations = 200,
        Radius = 0.01,
        Gate = 0.05,
        Density = 0.1,
        StepSize = 1,
        NoiseThreshold = 50,
        Output = output,
    };
}
