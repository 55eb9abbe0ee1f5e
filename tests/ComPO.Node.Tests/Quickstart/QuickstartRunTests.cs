using Akka.Actor;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Node.Quickstart;
using ComPO.Protocol;

namespace ComPO.Node.Tests.Quickstart;

public sealed class QuickstartRunTests : IAsyncDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("ComPO");

    [Fact]
    public async Task A_run_is_started_again_until_the_cluster_is_ready_and_followed_to_its_end()
    {
        AnswerWith(
            new RequestRefused(RefusalReason.NotReady, "Not yet.", 5),
            new RequestRefused(RefusalReason.NoTrainer, "No trainer yet.", 5),
            new TrainingStarted("sample", AlreadyKnown: false, "/runs/sample"),
            Status(RunPhase.Probing, committed: 1),
            Status(RunPhase.Completed, committed: 2));
        var seen = new List<int>();

        var last = await TrainAsync(status => seen.Add(status.Committed));

        Assert.Equal([1, 2], seen);
        Assert.Equal(RunPhase.Completed, last.Phase);
    }

    [Fact]
    public async Task A_refusal_is_passed_on_in_its_own_words()
    {
        AnswerWith(new RequestRefused(RefusalReason.RunActive, "Run a is active; stop it first.", 5));

        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => TrainAsync(_ => { }));

        Assert.Equal("Run a is active; stop it first.", refused.Message);
    }

    [Fact]
    public async Task A_failed_run_is_passed_on_with_its_cause()
    {
        AnswerWith(
            new TrainingStarted("sample", AlreadyKnown: false, "/runs/sample"),
            Status(RunPhase.Failed, committed: 1) with { Failure = "Block 3 failed 3 times.", ExitCode = 6 });

        var failed = await Assert.ThrowsAsync<RunFailedException>(() => TrainAsync(_ => { }));

        Assert.Equal("Block 3 failed 3 times.", failed.Message);
    }

    [Fact]
    public async Task A_run_that_found_too_few_pairs_is_no_success()
    {
        AnswerWith(new TrainingStarted("sample", AlreadyKnown: false, "/runs/sample"), Status(RunPhase.Exhausted, committed: 1));

        var failed = await Assert.ThrowsAsync<RunFailedException>(() => TrainAsync(_ => { }));

        Assert.Contains("Exhausted after 1 of 2", failed.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private Task<TrainingStatus> TrainAsync(Action<TrainingStatus> progress) => new QuickstartRun(_system).TrainAsync(
        new RunId("sample"), new QuickstartSettings(1).ForRun("/model", "/data", "/output"), progress, TestContext.Current.CancellationToken);

    // An endpoint that gives one prepared answer a question.
    private void AnswerWith(params IComPOMessage[] answers) =>
        _system.ActorOf(Props.Create(() => new PreparedAnswers(answers)), AdminAddress.EndpointPath["/user/".Length..]);

    private static TrainingStatus Status(RunPhase phase, int committed) => new(
        "sample", phase, committed, 2, committed, 0, 1800, 0, null, null, committed, 0, 0, null, null, 0, 0, 0, null, default(Digest), null, null, null, null, 0, [], [], "akka.tcp://ComPO@127.0.0.1:4053");

    private sealed class PreparedAnswers : ReceiveActor
    {
        public PreparedAnswers(IComPOMessage[] answers)
        {
            var next = 0;
            ReceiveAny(_ => Sender.Tell(answers[next++]));
        }
    }
}
