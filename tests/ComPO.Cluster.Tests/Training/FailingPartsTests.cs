using Akka.Actor;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Training;

/// <summary>What the supervisor does when one of its children throws what nobody expected.</summary>
public sealed class FailingPartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_whose_parts_fail_ends_with_the_cause_and_the_next_one_runs()
    {
        using var mayGoOn = new ManualResetEventSlim();
        var pairs = 0;
        // The second iteration waits, so that the run is not over before it is made to fail.
        var loader = new TinyModelLoader
        {
            BeforePrepare = _ => Interlocked.Increment(ref pairs),
            BeforeProbe = (_, cancellation) =>
            {
                if (Volatile.Read(ref pairs) > 1)
                    mayGoOn.Wait(cancellation);
            },
        };
        await using var node = await TestNode.StartAsync(["seed", "trainer"], loader);
        await using var console = new TestConsole(node.Address);
        await console.AskAsync(new StartTraining("first", Settings("first").ToJson()));
        await console.UntilAsync(status => status is { Committed: 1, Phase: RunPhase.Probing });

        // Recorder, guides, scout, aggregator, and whatever reads old logs.
        node.System.ActorSelection("/user/supervisor/singleton/run/*").Tell(Kill.Instance);
        var failed = await console.UntilAsync(status => status.HasEnded);
        mayGoOn.Set();

        Assert.Equal((RunPhase.Failed, (int)ExitCode.RunFailed), (failed.Phase, failed.ExitCode));
        Assert.StartsWith("A part of the run failed with ActorKilledException", failed.Failure, StringComparison.Ordinal);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("second", Settings("second").ToJson())));
        Assert.Equal(RunPhase.Completed, (await console.WatchAsync()).Status.Phase);
        // The log of the first is read by what had failed too.
        Assert.Equal(failed.Committed, Assert.IsType<LogPage>(await console.AskAsync(new GetLog("first", -1))).Committed);
    }

    private RunSettings Settings(string run) => new()
    {
        Model = "model", Data = "pairs", Iterations = 8, Perturbations = 200, Radius = 0.01, Gate = 0, Density = 0.1, StepSize = 1, NoiseThreshold = 50,
        Output = _folder[run],
    };
}
