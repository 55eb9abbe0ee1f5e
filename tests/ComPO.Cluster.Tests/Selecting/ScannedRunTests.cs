using System.Text.Json.Nodes;
using Akka.Actor;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Runs;
using ComPO.Core.Selection;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.Selecting;

/// <summary>A run's bits and log do not depend on whether pairs are looked for ahead, by whom, and who dies of it.</summary>
public sealed class ScannedRunTests : IDisposable
{
    private const string Alone = "compo.selection.ahead = off";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(PairRule.Reference)]
    [InlineData(PairRule.SeedCompatible)]
    public async Task One_trainer_gives_the_same_log_head_and_skipped_rows_with_and_without_looking_ahead(PairRule rule)
    {
        // δ is small enough that most rows are scanned only, and the run wraps around.
        var settings = Settings("one") with { PairRule = rule };
        var expected = await RunAsync(settings with { Output = _folder["alone"] }, new TinyModelLoader { Rows = 40 }, Alone);
        var seen = await RunAsync(settings with { Output = _folder["ahead"] }, new TinyModelLoader { Rows = 40 }, "");

        AssertSame(expected, seen);
        Assert.NotEmpty(expected.Status.Skipped);
    }

    [Fact]
    public async Task Trainers_that_come_help_to_look_ahead_but_for_one_without_a_body_and_one_of_another_origin()
    {
        var expected = await RunAsync(Settings("alone"), new TinyModelLoader { Rows = 40 }, Alone);
        using var helped = new ManualResetEventSlim();
        using var allReady = new ManualResetEventSlim();
        // The first iteration lasts until all are there.
        Action<int, CancellationToken> waitForAll = (_, cancellation) => allReady.Wait(Patience.Longest, cancellation);
        var leader = Leader(expected, waitForAll, helped);
        var helper = new TinyModelLoader { Rows = 40, BeforeScore = _ => helped.Set(), BeforeProbe = waitForAll };
        var headOnly = new TinyModelLoader { Rows = 40, HasBody = false, BeforeProbe = waitForAll };
        var stranger = new TinyModelLoader { Rows = 40, Origin = "another", BeforeProbe = waitForAll };

        await using var cluster = await BeginAsync(leader, Settings("shared"), "");
        await cluster.JoinAsync(helper);
        await cluster.JoinAsync(headOnly);
        await cluster.JoinAsync(stranger);
        await cluster.Console.UntilAsync(status => status.Nodes.Count(node => node.State == TrainerState.Ready) == 4);
        allReady.Set();

        AssertSame(expected, await cluster.EndAsync());
        Assert.NotEmpty(Scored(helper));
        Assert.Empty(headOnly.BodyRuns);
        Assert.Empty(Scored(stranger));
    }

    [Fact]
    public async Task The_next_pair_is_found_and_its_features_are_made_while_one_pair_is_probed()
    {
        var expected = await RunAsync(Settings("alone"), new TinyModelLoader { Rows = 40 }, Alone);
        var (first, second) = (PairOf(expected.Log[0]), PairOf(expected.Log[1]));
        using var probing = new ManualResetEventSlim();
        using var ahead = new ManualResetEventSlim();
        var isAhead = false;
        // One that finds the first pair and no other, and is at its probes until the other has found and passed the second.
        var leader = new TinyModelLoader
        {
            Rows = 40,
            BeforeScore = row => Assert.True(row <= first || ahead.IsSet, "Another looks for the second pair."),
            BeforeProbe = (_, cancellation) =>
            {
                probing.Set();
                isAhead = ahead.Wait(Patience.Longest, cancellation);
            },
        };
        TinyModelLoader helper = new()
        {
            Rows = 40,
            BeforeScore = row =>
            {
                probing.Wait(Patience.Longest);
                if (row > second)
                    ahead.Set();
            },
            BeforeProbe = (_, cancellation) => ahead.Wait(Patience.Longest, cancellation),
        };

        await using var cluster = await BeginAsync(leader, Settings("ahead"), "");
        await cluster.JoinAsync(helper);

        AssertSame(expected, await cluster.EndAsync());
        Assert.True(isAhead);
        Assert.Contains((false, second), helper.BodyRuns);
    }

    [Fact]
    public async Task A_trainer_that_fails_at_rows_and_one_that_dies_of_them_change_nothing()
    {
        var expected = await RunAsync(Settings("alone"), new TinyModelLoader { Rows = 40 }, Alone);
        using var failed = new ManualResetEventSlim();
        using var died = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();
        var mortal = new TaskCompletionSource<TestNode>();
        var failing = new TinyModelLoader
        {
            Rows = 40,
            BeforeScore = row =>
            {
                failed.Set();
                throw new InvalidOperationException($"Row {row} is too much.");
            },
        };
        var dying = new TinyModelLoader
        {
            Rows = 40,
            BeforeScore = _ =>
            {
                // Its agent never says anything more, while this row is still being looked at.
                mortal.Task.Wait(Patience.Longest);
                mortal.Task.Result.System.ActorSelection("/user/node").Tell(PoisonPill.Instance);
                died.Set();
                ended.Wait(2 * Patience.Longest);
            },
        };

        await using var cluster = await BeginAsync(
            Leader(expected, null, failed, died), Settings("dying"), "compo.supervisor.trainer-silence = 3s, compo.node.register-interval = 500ms");
        await cluster.JoinAsync(failing);
        mortal.SetResult(await cluster.JoinAsync(dying));

        try
        {
            AssertSame(expected, await cluster.EndAsync());
        }
        finally
        {
            ended.Set();
        }
        Assert.True(failed.IsSet && died.IsSet);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Alone)]
    public async Task Data_without_a_noisy_pair_ends_the_run_and_its_rows_are_counted_once(string hocon)
    {
        await using var node = await TestNode.StartAsync(["seed", "trainer"], new TinyModelLoader { Rows = 23 }, hocon: hocon);
        await using var console = new TestConsole(node.Address);
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining("run", (Settings("none") with { NoiseThreshold = 1e-9, Offset = 17 }).ToJson())));
        var (lines, status) = await console.WatchAsync();

        Assert.Equal((RunPhase.Exhausted, 0), (status.Phase, lines.Count));
        Assert.Equal([("identicalPair", 4)], status.Skipped.Select(skipped => (skipped.Reason, skipped.Rows)));
        Assert.Equal(
            ((int[])[19, 4, 9, 14]).Select(row => $$"""{"row":{{row}},"reason":"identicalPair"}"""),
            SkippedOf(status));
    }

    private static int PairOf(string line) => JsonNode.Parse(line)!["pair"]!.GetValue<int>();

    private static HashSet<int> Scored(TinyModelLoader loader) => [.. loader.BodyRuns.Where(run => run.ToScore).Select(run => run.Row)];

    private static void AssertSame(Outcome expected, Outcome seen)
    {
        Assert.Equal(expected.Log, seen.Log);
        Assert.Equal(expected.Status.HeadDigest, seen.Status.HeadDigest);
        Assert.Equal(expected.Status.Skipped, seen.Status.Skipped);
        Assert.Equal(SkippedOf(expected.Status), SkippedOf(seen.Status));
        Assert.Equal(seen.Status.Skipped.Sum(skipped => skipped.Rows), SkippedOf(seen.Status).Length);
    }

    /// <summary>The list of rows left out, in the run's folder.</summary>
    private static string[] SkippedOf(TrainingStatus status) => File.ReadAllLines(Path.Combine(status.Output!, RunFiles.Skipped));

    private RunSettings Settings(string output) => new()
    {
        Model = "model",
        Data = "pairs",
        Iterations = 6,
        Perturbations = 100,
        Radius = 0.01,
        Gate = 0.05,
        Density = 0.1,
        StepSize = 1,
        NoiseThreshold = 3,
        Offset = 3,
        Output = _folder[output],
    };

    /// <summary>A trainer that looks at rows behind the first pair only when others have done something, and may wait before it probes.</summary>
    private static TinyModelLoader Leader(Outcome expected, Action<int, CancellationToken>? beforeProbe, params ManualResetEventSlim[] others)
    {
        var first = PairOf(expected.Log[0]);
        return new TinyModelLoader
        {
            Rows = 40,
            BeforeProbe = beforeProbe ?? ((_, _) => { }),
            BeforeScore = row =>
            {
                if (row > first)
                    Assert.All(others, other => Assert.True(other.Wait(Patience.Longest)));
            },
        };
    }

    private static async Task<Outcome> RunAsync(RunSettings settings, TinyModelLoader loader, string hocon)
    {
        await using var cluster = await BeginAsync(loader, settings, hocon);
        return await cluster.EndAsync();
    }

    /// <summary>A seed and a trainer, which leads, and a run that has begun.</summary>
    private static async Task<RunningCluster> BeginAsync(TinyModelLoader leader, RunSettings settings, string hocon)
    {
        var seed = await TestNode.StartAsync(["seed"], null, hocon: hocon);
        var cluster = new RunningCluster(seed, hocon);
        await cluster.JoinAsync(leader);
        Assert.IsType<TrainingStarted>(await cluster.Console.AskAsync(new StartTraining("run", settings.ToJson())));
        await cluster.Console.UntilAsync(status => status.Pair is not null || status.Accepted + status.NotAccepted + status.GateRefused > 0);
        return cluster;
    }

    private static string WithoutSeconds(string line)
    {
        var record = JsonNode.Parse(line)!.AsObject();
        Assert.True(record.Remove("seconds"));
        return record.ToJsonString();
    }

    private sealed record Outcome(List<string> Log, TrainingStatus Status);

    private sealed class RunningCluster(TestNode seed, string hocon) : IAsyncDisposable
    {
        private readonly List<TestNode> _trainers = [];

        public TestConsole Console { get; } = new(seed.Address);

        public async Task<TestNode> JoinAsync(TinyModelLoader loader)
        {
            var node = await TestNode.StartAsync(["trainer"], loader, seed.Address, hocon);
            _trainers.Add(node);
            return node;
        }

        public async Task<Outcome> EndAsync()
        {
            var (lines, status) = await Console.WatchAsync();
            Assert.True(status.Phase == RunPhase.Completed, status.Failure);
            return new Outcome([.. lines.Select(WithoutSeconds)], status);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var trainer in _trainers)
                await trainer.DisposeAsync();
            await Console.DisposeAsync();
            await seed.DisposeAsync();
        }
    }
}
