using ComPO.Cluster.Persistence;
using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Runs;
using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Runs;

public sealed class RunRulesTests
{
    private static readonly RunSettings Settings = new() { Model = "model", Data = "pairs", Iterations = 2, Checkpoints = [1], EvalData = "held-out" };
    private static readonly ModelOpened Opened = new(Digest.Of("base"u8), new HeadShape(8, 4), "cpu", "{}");

    [Fact]
    public void A_run_goes_from_step_to_step()
    {
        var run = Start();
        Assert.Equal(NextStep.OpenModel, Next(run));
        run = After(run, Opened);
        Assert.Equal(NextStep.Evaluate, Next(run));
        run = After(run, new PairsScored(0, 2, -1, -2, 1));
        Assert.Equal(NextStep.Select, Next(run));
        run = After(run, Chosen(0));
        Assert.Equal(NextStep.Aggregate, Next(run));
        run = After(run, Committed(0, IterationVerdict.Accepted));
        Assert.Equal(NextStep.WriteCheckpoint, Next(run));
        run = After(run, new CheckpointWritten(1));
        Assert.Equal(NextStep.KeepHead, RunRules.Next(run, updatesBetweenHeads: 1));
        run = After(run, new HeadRetained(1, run.HeadDigest!.Value, [run.HeadDigest.Value]));
        Assert.Equal(NextStep.Select, RunRules.Next(run, updatesBetweenHeads: 1));
        run = After(run, Chosen(1), Committed(1, IterationVerdict.GateRefused));
        Assert.Equal(NextStep.Evaluate, Next(run));
        run = After(run, new PairsScored(2, 2, -1, -2, 1));
        Assert.Equal(NextStep.Export, Next(run));
        run = After(run, new ModelWritten("model", 1));
        Assert.Equal((NextStep.End, RunPhase.Completed), (Next(run), RunRules.Outcome(run)));
        run = After(run, new RunEnded(RunPhase.Completed, null, 0, 1));
        Assert.Equal((NextStep.Nothing, false), (Next(run), run.IsActive));
    }

    [Fact]
    public void A_stopped_and_an_exhausted_run_keep_what_they_have()
    {
        var begun = After(Start(), Opened, new PairsScored(0, 2, -1, -2, 1), Chosen(0));

        var stopped = After(begun, new StopRequested());
        Assert.Equal((NextStep.Export, RunPhase.Stopped), (Next(stopped), RunRules.Outcome(stopped)));
        var exhausted = After(begun, new DataExhausted([]));
        Assert.Equal((NextStep.Export, RunPhase.Exhausted), (Next(exhausted), RunRules.Outcome(exhausted)));
        Assert.Equal(NextStep.End, Next(After(Start(), new StopRequested())));
    }

    [Fact]
    public void A_paused_run_begins_nothing_and_goes_on_where_it_was()
    {
        var begun = After(Start(), Opened, new PairsScored(0, 2, -1, -2, 1), Chosen(0), new OutcomesReported(0, [new ReportedBlock(0, 3, [5])]));
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1005);
        var decision = RunRules.Pause(begun, new PauseTraining(null), at);
        Assert.False(Assert.IsType<TrainingPausing>(decision.Reply).AlreadyPaused);
        var paused = After(begun, decision.Event!);

        Assert.Equal(NextStep.Nothing, Next(paused));
        Assert.True(Assert.IsType<TrainingPausing>(RunRules.Pause(paused, new PauseTraining("first"), at).Reply).AlreadyPaused);
        var resumed = After(paused, RunRules.Resume(paused, new ResumeTraining(null), at.AddSeconds(60)).Event!);
        Assert.Equal((NextStep.Aggregate, 1), (Next(resumed), resumed.Outcomes.Count));
        // It ran a second before the pause and two after it.
        Assert.Equal(TimeSpan.FromSeconds(1), paused.Elapsed(at.AddSeconds(30)));
        Assert.Equal(TimeSpan.FromSeconds(3), resumed.Elapsed(at.AddSeconds(62)));
        Assert.Equal(Describe(resumed), Describe(RunSnapshot.Of(resumed, PastRuns.Empty).Restore()!));

        Assert.Equal(RefusalReason.NoSuchRun, Assert.IsType<RequestRefused>(RunRules.Resume(resumed, new ResumeTraining(null), at).Reply).Reason);
        Assert.Equal(RefusalReason.NoSuchRun, Assert.IsType<RequestRefused>(RunRules.Pause(resumed, new PauseTraining("other"), at).Reply).Reason);
        Assert.Equal(RefusalReason.NoSuchRun, Assert.IsType<RequestRefused>(RunRules.Pause(null, new PauseTraining(null), at).Reply).Reason);
        Assert.Equal(RefusalReason.NoSuchRun, Assert.IsType<RequestRefused>(RunRules.Pause(After(begun, new StopRequested()), new PauseTraining(null), at).Reply).Reason);
    }

    [Fact]
    public void The_runs_before_are_remembered_in_short_and_so_many_of_them()
    {
        var (run, history) = ((RunState?)null, PastRuns.Empty);
        for (var i = 0; i < Limits.Runs + 3; i++)
        {
            foreach (var happened in (RunEvent[])[new RunStarted($"run {i}", Settings.ToJson(), $"/runs/{i}", i), Opened, new RunEnded(RunPhase.Completed, null, 0, i)])
                (history, run) = (history.Apply(run, happened), RunState.Apply(run, happened));
        }

        Assert.Equal(Limits.Runs - 1, history.Runs.Count);
        Assert.Equal((("run 3", 3L, RunPhase.Completed, 3.0), "run 33"), ((history.Runs[0].RunId, history.Runs[0].StartedUnixMilliseconds, history.Runs[0].Phase, history.Runs[0].ElapsedSeconds), history.Runs[^1].RunId));
        Assert.Equal("/runs/20", history.Find("run 20")!.Output);
        Assert.Null(history.Find("run 2"));
        Assert.Equal(history.Runs, RunSnapshot.Of(run!, history).History().Runs);
    }

    [Fact]
    public void Stopping_a_paused_run_ends_the_pause_and_a_fault_may_pause_it_again()
    {
        var paused = After(Start(), Opened, new PairsScored(0, 2, -1, -2, 1), Chosen(0), new RunPaused("Full.", true, 7));
        var stopped = After(paused, RunRules.Stop(paused, new StopTraining(null)).Event!);
        Assert.Equal((NextStep.Export, null), (Next(stopped), stopped.Pause));

        var full = After(stopped, new RunPaused("Still full.", true, 9));
        Assert.Equal(NextStep.Nothing, Next(full));
        Assert.Equal("Still full.", RunSnapshot.Of(full, PastRuns.Empty).Restore()!.Pause!.Sentence);
        // Asked to stop again, it tries again.
        Assert.Equal(NextStep.Export, Next(After(full, RunRules.Stop(full, new StopTraining(null)).Event!)));
    }

    [Fact]
    public void A_start_is_harmless_twice_and_refused_under_other_settings_or_beside_another_run()
    {
        var run = Start();
        var now = DateTimeOffset.UnixEpoch;

        Assert.True(Assert.IsType<TrainingStarted>(RunRules.Start(run, PastRuns.Empty, new StartTraining("first", Settings.ToJson()), now).Reply).AlreadyKnown);
        Assert.Equal(RefusalReason.RunIdTaken, Refused(run, "first", (Settings with { Seed = 9 }).ToJson()).Reason);
        var active = Refused(run, "second", Settings.ToJson());
        Assert.Equal((RefusalReason.RunActive, 5), (active.Reason, active.ExitCode));
        Assert.Contains("first", active.Sentence, StringComparison.Ordinal);
        Assert.Equal((RefusalReason.InvalidSettings, 2), (Refused(null, "a b", Settings.ToJson()).Reason, Refused(null, "x", "{}").ExitCode));
        var ended = After(run, new RunEnded(RunPhase.Failed, "x", 6, 1));
        Assert.Equal("second", Assert.IsType<RunStarted>(RunRules.Start(ended, PastRuns.Empty, new StartTraining("second", Settings.ToJson()), now).Event).RunId);
        // Logs and exports are asked for by name, long after.
        var second = Assert.IsType<RunStarted>(RunRules.Start(ended, PastRuns.Empty, new StartTraining("second", Settings.ToJson()), now).Event);
        var past = RunRules.Start(RunState.Apply(ended, second), PastRuns.Empty.Apply(ended, second), new StartTraining("first", Settings.ToJson()), now);
        Assert.Equal(RefusalReason.RunIdTaken, Assert.IsType<RequestRefused>(past.Reply).Reason);
    }

    [Fact]
    [Trait("Invariant", "2 Nothing committed is lost")]
    public void A_snapshot_and_the_journal_give_back_the_run()
    {
        var run = After(
            Start(), Opened, new RowsSkipped([new SkippedCount("tooLong", 3)], [new SkippedRow(2, SkipReason.TooLong)]), new PairsScored(0, 2, -1, -2, 1), Chosen(0),
            Committed(0, IterationVerdict.Accepted), new CheckpointWritten(1), new HeadRetained(1, Digest.Of("head 0"u8), [Digest.Of("part"u8)]), Chosen(1),
            new OutcomesReported(1, [new ReportedBlock(8, 3, [5])]), new RunPaused("Why.", false, 8), new RunResumed(5), new StopRequested());

        var restored = RunSnapshot.Of(run, PastRuns.Empty).Restore()!;

        Assert.Equal(Describe(run), Describe(restored));
        Assert.Equal((run.HeadDigest, run.NextRow, run.Committed), (restored.HeadDigest, restored.NextRow, restored.Committed));
        Assert.Equal([5], restored.Outcomes.Single().Outcomes);
        Assert.Equal([(2, SkipReason.TooLong), (100, SkipReason.IdenticalPair), (101, SkipReason.IdenticalPair)], restored.SkippedRows.Select(row => (row.Row, row.Reason)));
    }

    [Fact]
    public void Rows_left_out_are_listed_in_the_folder_again_when_another_supervisor_takes_over() => Assert.Equal(
        ["""{"row":2,"reason":"tooLong"}""", """{"row":100,"reason":"identicalPair"}""", """{"row":3,"reason":"emptyPrompt"}"""],
        RunRecorder.Restore.Of(After(
            Start(), Opened, new RowsSkipped([], [new SkippedRow(2, SkipReason.TooLong)]), Chosen(0), new DataExhausted([], [new SkippedRow(3, SkipReason.EmptyPrompt)]))).Skipped);

    [Fact]
    public void Every_event_has_a_name_in_the_journal() => Assert.Equal(
        typeof(RunEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RunEvent))).Select(type => type.Name).Order(),
        RunEventTable.Types.Select(type => type.Name).Order());

    private static RequestRefused Refused(RunState? run, string id, string settings) =>
        Assert.IsType<RequestRefused>(RunRules.Start(run, PastRuns.Empty, new StartTraining(id, settings), DateTimeOffset.UnixEpoch).Reply);

    private static string[] Describe(RunState run) => [.. run.ToEvents().Select(happened => Convert.ToHexString(RunEventTable.Write(happened)))];

    private static NextStep Next(RunState run) => RunRules.Next(run, updatesBetweenHeads: 10);

    private static RunState Start() => RunState.Apply(null, new RunStarted("first", Settings.ToJson(), "/runs/first", 5));

    private static RunState After(RunState run, params RunEvent[] events) => events.Aggregate(run, RunState.Apply);

    private static PairTaken Chosen(int iteration) => new(iteration, 4 + iteration, Digest.Of("features"u8), 3, [], [new SkippedRow(100 + iteration, SkipReason.IdenticalPair)]);

    private static IterationCommitted Committed(int iteration, IterationVerdict verdict) => new(
        iteration, 4 + iteration, verdict, null, verdict == IterationVerdict.Accepted ? Digest.Of([(byte)iteration]) : Digest.Of([(byte)(iteration - 1)]),
        new PairLogProbabilities(-1, -2), "{}");
}
