using System.Collections.Concurrent;
using Akka.Actor;
using ComPO.Cluster.Nodes;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Training;

public sealed class ExportTests : IDisposable
{
    private static readonly string[] Both = ["seed", "trainer"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Invariant", "1 Same bits")]
    public async Task A_run_is_exported_as_it_is_and_was_while_it_goes_on_waits_and_is_over_and_no_bit_changes()
    {
        var expected = await UndisturbedAsync();
        // An iteration of 50 blocks, and a part of the next.
        using var mayGoOn = new SemaphoreSlim(60);
        await using var seed = await TestNode.StartAsync(["seed"], null, hocon: "compo.probing { block-size = 4, block-time = 0s }");
        // It has nothing of the run but what it fetches, once the run is over.
        await using var trainer = await TestNode.StartAsync(
            ["trainer"], new TinyModelLoader { BeforeProbe = (_, cancellation) => mayGoOn.Wait(cancellation) }, seed.Address, "compo.probing.block-size = 4");
        await using var console = new TestConsole(seed.Address);
        await console.UntilAsync(status => status.Nodes.Length == 1);
        await console.AskAsync(new StartTraining("run", Settings(_folder["run"]).ToJson()));
        var (_, running) = await console.WatchAsync(status => status is { Committed: 1, PerturbationsDone: >= 36 });

        var now = await ExportAsync(console, "now");
        Assert.Equal(new ExportResult("run", 1, running.HeadDigest!.Value, _folder["now"], trainer.Address.ToString(), HeadOnly: false, 1), now);
        var start = await ExportAsync(console, "start", iteration: 0);
        Assert.NotEqual(now.HeadDigest, start.HeadDigest);
        await console.AskAsync(new PauseTraining(null));
        Assert.Equal(now.HeadDigest, (await ExportAsync(console, "paused", headOnly: true)).HeadDigest);
        Assert.Equal(RunPhase.Probing, (await console.UntilAsync(_ => true)).Phase);
        await console.AskAsync(new ResumeTraining(null));
        mayGoOn.Release(10_000);
        var (lines, status) = await console.WatchAsync();

        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
        Assert.Equal(expected, status.HeadDigest);
        var records = lines.Select(line => IterationRecord.FromJson(line, "line")).ToList();
        Assert.True(records.Count(record => record.Accepted == true) >= 2);
        for (var iteration = 1; iteration <= 3; iteration++)
        {
            Assert.Equal(records[iteration - 1].HeadDigest, (await ExportAsync(console, $"after-{iteration}", iteration)).HeadDigest);
            Assert.Equal($"{records[iteration - 1].HeadDigest}", File.ReadAllText(_folder[$"after-{iteration}/digest.txt"]));
        }
        Assert.Equal(records[0].HeadDigest, now.HeadDigest);
        Assert.Equal($"{now.HeadDigest}", File.ReadAllText(_folder[$"paused/{WrittenModel.HeadFileName}"]));

        // Another run comes; of the one before, the folder is left.
        await console.AskAsync(new StartTraining("next", (Settings(_folder["next"]) with { Seed = 2 }).ToJson()));
        await console.WatchAsync();
        Assert.Equal(records[1].HeadDigest, (await ExportAsync(console, "of-past", iteration: 2, run: "run")).HeadDigest);
        File.Delete(_folder[$"run/features/{records[0].FeatureDigest}.safetensors"]);
        var refused = await RefusedAsync(console, "without-features", run: "run");
        Assert.Contains($"The features {records[0].FeatureDigest} of iteration 0 are held by no node", refused.Sentence, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["without-features"]));
    }

    [Fact]
    public async Task What_cannot_be_exported_is_refused_with_one_sentence_and_nothing_is_written()
    {
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader(), hocon: $"compo.node.allowed-output-roots = [\"{_folder["allowed"]}\"]");
        await using var console = new TestConsole(node.Address);
        Assert.Contains("There is no run yet", (await RefusedAsync(console, "allowed/a")).Sentence, StringComparison.Ordinal);
        await console.AskAsync(new StartTraining("run", Settings(_folder["allowed/run"]).ToJson()));
        await console.WatchAsync();

        Assert.Contains("There is no run another", (await RefusedAsync(console, "allowed/a", run: "another")).Sentence, StringComparison.Ordinal);
        Assert.Contains("no head after 4 iterations: 3 are committed", (await RefusedAsync(console, "allowed/a", iteration: 4)).Sentence, StringComparison.Ordinal);
        Assert.Contains("allowed-output-roots", (await RefusedAsync(console, "elsewhere")).Sentence, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["allowed/full"]);
        File.WriteAllText(_folder["allowed/full/file"], "in the way");
        var refused = await RefusedAsync(console, "allowed/full");
        Assert.Equal((RefusalReason.OutputFolder, 8), (refused.Reason, refused.ExitCode));
        Assert.Contains("is there already and not empty", refused.Sentence, StringComparison.Ordinal);
        Assert.Equal(["full", "run"], new DirectoryInfo(_folder["allowed"]).EnumerateDirectories().Select(folder => folder.Name).Order());
    }

    [Fact]
    public async Task Exports_are_written_one_at_a_time_and_each_once()
    {
        using var mayWrite = new SemaphoreSlim(1);
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader { BeforeExport = mayWrite.Wait });
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("run", Settings(_folder["run"]).ToJson()));
        await console.WatchAsync();

        var first = new ExportRun("one", null, null, _folder["first"], HeadOnly: false);
        Assert.Null(Assert.IsType<ExportProgress>(await console.AskAsync(first)).Model);
        Assert.Contains("Another export", Assert.IsType<RequestRefused>(await console.AskAsync(first with { Export = "two" })).Sentence, StringComparison.Ordinal);
        Assert.Null(Assert.IsType<ExportProgress>(await console.AskAsync(first)).Model);
        mayWrite.Release();
        var written = await AnswerAsync(console, first);
        Assert.Equal(written, await console.AskAsync(first));
        // Under another name it is another export, for which there is no room any more.
        Assert.IsType<RequestRefused>(await AnswerAsync(console, first with { Export = "three" }));
    }

    [Fact]
    public async Task What_one_supervisor_had_written_another_is_told_of()
    {
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader());
        using var model = new TinyModelLoader().Load(new ModelRequest("model", null, WithBody: false));
        var start = model.Description.BaseDigest;
        var request = new ExportIteration(1, "one", Settings("-").ToJson(), 0, start, start, default, [], _folder["start"], HeadOnly: false);
        var agent = node.System.ActorSelection("/user/" + NodeAgent.Name);
        // Each asks from an address of its own.
        Task<INodeReply> AskAsync(ExportIteration of) => agent.Ask<INodeReply>(of, Patience.Longest, TestContext.Current.CancellationToken);

        var first = await AskAsync(request);
        var second = await AskAsync(request with { Request = 2 });

        Assert.Equal(new IterationExported(1, _folder["start"], 1), first);
        Assert.Equal(new IterationExported(2, _folder["start"], 1), second);
        Assert.Contains("not empty", Assert.IsType<NodeFailed>(await AskAsync(request with { Export = "two" })).Sentence, StringComparison.Ordinal);
        var otherBase = Assert.IsType<NodeFailed>(await AskAsync(request with { Export = "three", Output = _folder["other"], BaseDigest = default }));
        Assert.Equal((7, true), (otherBase.ExitCode, otherBase.Sentence.Contains("the folder has changed since", StringComparison.Ordinal)));
        Assert.False(Directory.Exists(_folder["other"]));
    }

    [Fact]
    public async Task A_trainer_that_has_not_the_base_is_followed_by_the_next_and_may_leave_meanwhile()
    {
        using var mayWrite = new SemaphoreSlim(0);
        var asked = new ConcurrentQueue<int>();
        // The run writes a model of its own first.
        var isOver = false;
        TinyModelLoader Loader(int trainer) => new()
        {
            BeforeExport = () =>
            {
                if (!Volatile.Read(ref isOver))
                    return;
                asked.Enqueue(trainer);
                if (asked.Count == 1)
                    throw new ModelException("The model folder is another.");
                mayWrite.Wait();
            },
        };
        await using var seed = await TestNode.StartAsync(["seed"], null);
        await using var first = await TestNode.StartAsync(["trainer"], Loader(0), seed.Address);
        await using var second = await TestNode.StartAsync(["trainer"], Loader(1), seed.Address);
        TestNode[] trainers = [first, second];
        await using var console = new TestConsole(seed.Address);
        await console.UntilAsync(status => status.Nodes.Length == 2);
        await console.AskAsync(new StartTraining("run", Settings(_folder["run"]).ToJson()));
        await console.WatchAsync();
        Volatile.Write(ref isOver, true);

        var exporting = ExportAsync(console, "export");
        await console.UntilAsync(_ => asked.Count == 2);
        await trainers[asked.First()].System.Terminate();
        await console.UntilAsync(status => status.Nodes.Length == 1);
        mayWrite.Release();

        Assert.Equal(trainers[asked.Last()].Address.ToString(), (await exporting).Trainer);
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

    private async Task<Digest?> UndisturbedAsync()
    {
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader());
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("undisturbed", Settings(_folder["undisturbed"]).ToJson()));
        return (await console.WatchAsync()).Status.HeadDigest;
    }

    private async Task<ExportResult> ExportAsync(TestConsole console, string folder, int? iteration = null, string? run = null, bool headOnly = false)
    {
        var answer = await AnswerAsync(console, new ExportRun(folder, run, iteration, _folder[folder], headOnly));
        return answer is ExportProgress { Model: { } model } ? model : throw new InvalidOperationException($"{answer}");
    }

    private async Task<RequestRefused> RefusedAsync(TestConsole console, string folder, int? iteration = null, string? run = null) =>
        Assert.IsType<RequestRefused>(await AnswerAsync(console, new ExportRun(Guid.NewGuid().ToString(), run, iteration, _folder[folder], HeadOnly: false)));

    private static async Task<IComPOMessage> AnswerAsync(TestConsole console, ExportRun request)
    {
        using var patience = new CancellationTokenSource(Patience.Longest);
        while (true)
        {
            if (await console.AskAsync(request) is var answer and not ExportProgress { Model: null })
                return answer;
            await Task.Delay(20, patience.Token);
        }
    }
}
