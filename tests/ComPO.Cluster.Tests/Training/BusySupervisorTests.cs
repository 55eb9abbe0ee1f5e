using Akka.Actor;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Cluster.Training;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Training;

/// <summary>What would have to wait behind another request is refused at once, so that nothing happens after its asker has given up.</summary>
[Trait("Invariant", "5 No silent failure")]
public sealed class BusySupervisorTests : IDisposable
{
    private const string OneThreadForFiles = "compo.dispatchers.blocking-io.dedicated-thread-pool.thread-count = 1";

    private static readonly string[] Both = ["seed", "trainer"];

    private readonly TemporaryFolder _folder = new();
    private readonly ManualResetEventSlim _mayGoOn = new();

    public void Dispose()
    {
        _mayGoOn.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_start_behind_a_plan_is_refused_and_starts_nothing_later()
    {
        var isLooking = new TaskCompletionSource();
        var loader = new TinyModelLoader
        {
            BeforeProbe = (_, cancellation) =>
            {
                isLooking.TrySetResult();
                _mayGoOn.Wait(cancellation);
            },
        };
        await using var node = await TestNode.StartAsync(Both, loader);
        await using var console = new TestConsole(node.Address);
        await console.UntilAsync(status => status.Nodes.Length == 1);
        var plan = console.AskAsync(new PlanTraining(Settings("plan").ToJson()));
        await isLooking.Task.WaitAsync(Patience.Longest, TestContext.Current.CancellationToken);

        IsRefused(await console.AskAsync(Start("run")), "look at what a run would do");
        IsRefused(await console.AskAsync(new PlanTraining(Settings("plan").ToJson())), "look at what a run would do");

        _mayGoOn.Set();
        Assert.IsType<TrainingPlan>(await plan);
        Assert.Null((await console.UntilAsync(_ => true)).RunId);
        Assert.IsType<TrainingStarted>(await console.AskAsync(Start("run")));
    }

    [Fact]
    public async Task A_plan_that_nobody_waits_for_any_more_is_given_up_and_keeps_no_run_from_starting()
    {
        var isLooking = new TaskCompletionSource();
        var isGivenUp = new TaskCompletionSource();
        var loader = new TinyModelLoader
        {
            BeforeProbe = (_, cancellation) =>
            {
                isLooking.TrySetResult();
                cancellation.Register(isGivenUp.SetResult);
                _mayGoOn.Wait(cancellation);
            },
        };
        await using var node = await TestNode.StartAsync(Both, loader);
        await using var console = new TestConsole(node.Address);
        await console.UntilAsync(status => status.Nodes.Length == 1);
        var plan = console.AskAsync(new PlanTraining(Settings("plan").ToJson()));
        await isLooking.Task.WaitAsync(Patience.Longest, TestContext.Current.CancellationToken);

        node.System.ActorSelection("/user/supervisor/singleton/run").Tell(TrainingSupervisor.PlanIsOverdue.Instance);

        IsRefused(await plan, "has not found out within 600 seconds");
        await isGivenUp.Task.WaitAsync(Patience.Longest, TestContext.Current.CancellationToken);
        _mayGoOn.Set();
        Assert.IsType<TrainingStarted>(await console.AskAsync(Start("run")));
    }

    [Fact]
    public async Task A_start_behind_one_that_waits_for_a_trainer_is_refused()
    {
        await using var seed = await TestNode.StartAsync(["seed"], null, hocon: "compo { supervisor.trainer-wait = 2m, admin.request-timeout = 2m }");
        await using var console = new TestConsole(seed.Address);
        var first = console.AskAsync(Start("first"));

        IsRefused(await console.AskAsync(Start("second")), "waits for a first trainer");

        await using var trainer = await TestNode.StartAsync(["trainer"], new TinyModelLoader(), seed.Address);
        Assert.Equal("first", Assert.IsType<TrainingStarted>(await first).RunId);
    }

    [Fact]
    public async Task A_start_behind_one_whose_folder_is_being_made_is_refused_and_so_is_a_resume_behind_a_resume()
    {
        var loader = new TinyModelLoader { BeforeProbe = (_, cancellation) => _mayGoOn.Wait(cancellation) };
        await using var node = await TestNode.StartAsync(Both, loader, hocon: OneThreadForFiles);
        await using var console = new TestConsole(node.Address);
        await console.UntilAsync(status => status.Nodes.Length == 1);

        using (var files = Block(node.System))
        {
            var first = console.AskAsync(Start("first"));
            IsRefused(await console.AskAsync(Start("second")), "makes the folder of run first");
            files.Set();
            Assert.IsType<TrainingStarted>(await first);
        }

        Assert.IsType<TrainingPausing>(await console.AskAsync(new PauseTraining(null)));
        using (var files = Block(node.System))
        {
            var first = console.AskAsync(new ResumeTraining(null));
            IsRefused(await console.AskAsync(new ResumeTraining(null)), "is being resumed for another request");
            files.Set();
            Assert.IsType<TrainingResumed>(await first);
        }
    }

    [Fact]
    public async Task A_run_that_would_write_where_the_supervisor_may_not_is_refused_and_nothing_is_written()
    {
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader(), hocon: $"compo.node.allowed-output-roots = [\"{_folder["here"]}\"]");
        await using var console = new TestConsole(node.Address);

        var refused = Assert.IsType<RequestRefused>(await console.AskAsync(Start("elsewhere")));

        Assert.Equal((RefusalReason.OutputFolder, 5), (refused.Reason, refused.ExitCode));
        Assert.Contains($"--output is {_folder["elsewhere"]}", refused.Sentence, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["elsewhere"]));
        Assert.IsType<TrainingStarted>(await console.AskAsync(Start("here")));
    }

    // Whatever writes files waits, until it is let go on.
    private static ManualResetEventSlim Block(ActorSystem system)
    {
        using var isBlocked = new ManualResetEventSlim();
        var mayGoOn = new ManualResetEventSlim();
        system.ActorOf(Props.Create(() => new Blocker(isBlocked, mayGoOn)).WithDispatcher(ComPOSettings.BlockingDispatcher));
        isBlocked.Wait(TestContext.Current.CancellationToken);
        return mayGoOn;
    }

    private static void IsRefused(IComPOMessage answer, string why)
    {
        var refused = Assert.IsType<RequestRefused>(answer);
        Assert.Equal((RefusalReason.NotReady, 5), (refused.Reason, refused.ExitCode));
        Assert.Contains(why, refused.Sentence, StringComparison.Ordinal);
        Assert.Contains("ask again", refused.Sentence, StringComparison.Ordinal);
    }

    private StartTraining Start(string run) => new(run, Settings(run).ToJson());

    private RunSettings Settings(string run) => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = 1,
        Perturbations = 20,
        NoiseThreshold = 50,
        Output = _folder[run],
    };

    private sealed class Blocker : ReceiveActor
    {
        private readonly ManualResetEventSlim _isBlocked;
        private readonly ManualResetEventSlim _mayGoOn;

        public Blocker(ManualResetEventSlim isBlocked, ManualResetEventSlim mayGoOn) => (_isBlocked, _mayGoOn) = (isBlocked, mayGoOn);

        protected override void PreStart()
        {
            _isBlocked.Set();
            _mayGoOn.Wait();
        }
    }
}
