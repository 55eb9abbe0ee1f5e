using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Fakes;

/// <summary>A run as a supervisor would tell of it.</summary>
internal static class Samples
{
    public static readonly Digest Head = Digest.Parse("00112233445566778899aabbccddeeff");

    public static readonly NodeStatus Node = new(
        "akka.tcp://ComPO@127.0.0.1:4053", "cpu-amd-avx512-fp32-libtorch2.10.0", [new DeviceStatus("cpu", 2, 25_000_000_000)], TrainerState.Ready, null, true, 1_302_272);

    public static TrainingStatus Idle { get; } = new(
        null, RunPhase.Idle, 0, 0, 0, 0, 0, 0, null, null, 0, 0, 0, null, null, 0, 0, 0, null, null, null, null, null, null, 0, [], [Node], "akka.tcp://ComPO@127.0.0.1:4053");

    public static TrainingStatus Probing { get; } = Idle with
    {
        RunId = "one", Phase = RunPhase.Probing, Iteration = 1, Iterations = 4, Committed = 1, PerturbationsDone = 900, Perturbations = 1800, Improved = 225,
        Predicted = 0.24, Pair = 7, Accepted = 1, ChosenLogProbability = -10.5, RejectedLogProbability = -12.25, BlocksPerSecond = 50,
        StartedUnixMilliseconds = 1_700_000_000_000, ElapsedSeconds = 75, RemainingSeconds = 225, HeadDigest = Head, Output = "/runs/one",
        Skipped = [new SkippedCount("tooLong", 3)],
        Received = new ReceivedBlobs(6_500_000, 4_200_000, 300_000),
    };

    public static TrainingStatus Completed { get; } = Probing with
    {
        Phase = RunPhase.Completed, Iteration = 4, Committed = 4, PerturbationsDone = 0, Improved = 0, Predicted = null, Pair = null, Accepted = 3, GateRefused = 1,
        RemainingSeconds = null, ModelFolder = "/runs/one/model", SurvivingShare = 0.34,
    };

    public static ClusterMembers Members { get; } = new(
        "akka.tcp://ComPO@127.0.0.1:4053",
        "akka.tcp://ComPO@127.0.0.1:4053",
        [
            new MemberInfo("akka.tcp://ComPO@127.0.0.1:4053", ["seed", "trainer"], MemberState.Up, IsReachable: true, "0.1.0"),
            new MemberInfo("akka.tcp://ComPO@127.0.0.2:4053", ["trainer"], MemberState.WeaklyUp, IsReachable: false, "0.1.0"),
        ]);

    public static TrainingPlan Plan { get; } = new(
        5, 153, [new SkippedCount("tooLong", 124)], 5, 1800, 512, 64, 1_302_272, 2_600_000, 2.7, [Node]);

    /// <summary>A line of the log.</summary>
    public static string Line(int iteration, bool accepted = true) => new IterationRecord
    {
        Iteration = iteration,
        Pair = 100 + iteration,
        FeatureDigest = Head,
        K = 30,
        Before = new PairLogProbabilities(-10, -12),
        Perturbations = 8,
        Improved = 2,
        Predicted = 0.27,
        Gate = accepted ? GateVerdict.Passed : GateVerdict.Refused,
        Norm = null,
        Threshold = null,
        Nonzero = null,
        Alignment = null,
        PredictedChange = null,
        LineSearch = null,
        Accepted = accepted ? true : null,
        Scale = null,
        After = accepted ? new PairLogProbabilities(-9.5, -12.5) : new PairLogProbabilities(-10, -12),
        Outcomes = "Aw==",
        HeadDigest = Head,
        Seconds = new Dictionary<string, double> { ["total"] = 1 },
    }.ToJson();

    /// <summary>The first line of the log.</summary>
    public static string Header { get; } = new RunHeader(
        "one", new RunSettings { Model = "/m", Data = "/d", Iterations = 4, Perturbations = 8 }, Head, Node.ComputeClass, new Dictionary<string, string> { ["ComPO"] = "0.1.0" }).ToJson();

    /// <summary>The held-out pairs after some iterations.</summary>
    public static string Evaluation(int committed) => $$"""{"committed":{{committed}},"pairs":4,"chosen":-10,"rejected":-12,"margin":2,"accuracy":0.75}""";

    /// <summary>A supervisor whose run is over, and whose answer to each request is what it should be.</summary>
    public static IComPOMessage Answer(IComPOMessage request) => request switch
    {
        GetStatus => Probing,
        PlanTraining => Plan,
        StartTraining start => new TrainingStarted(start.RunId, AlreadyKnown: false, "/runs/" + start.RunId),
        PauseTraining => new TrainingPausing("one", 1, AlreadyPaused: false),
        ResumeTraining => new TrainingResumed("one", 1),
        ExportRun export => new ExportProgress(export.Export, new ExportResult(
            export.RunId ?? "one", export.Iteration ?? 1, Head, export.HeadOnly ? export.Output + "/lm_head.safetensors" : export.Output, Node.Address, export.HeadOnly, 0.5)),
        GetRuns => new RunList([new RunSummary("zero", RunPhase.Failed, 1_700_000_000_000, 12, 2, 9, 1, Head, "/runs/zero", null, "Why."), new RunSummary("one", RunPhase.Paused, 1_700_000_100_000, 75, 1, 4, 1, Head, "/runs/one", null, null)]),
        GetLog log => new LogPage(log.RunId ?? "one", [.. Enumerable.Range(0, 5).Where(i => i > log.AfterIteration).Take(2).Select(i => Line(i))], 5, HasEnded: true),
        GetMembers => Members,
        ChangeMembership change => new MembershipChanging(change.Change, change.Address is { } address ? [address] : []),
        GetActors => new ActorHierarchy(["/user", "/user/admin", "/user/admin/log"], IsWhole: true),
        StopTraining => new TrainingStopping("one", 1),
        // Two lines at most in an answer, so that following asks on.
        GetProgress progress => new TrainingProgress(
            [.. Enumerable.Range(progress.AfterIteration + 1, Math.Min(2, 3 - progress.AfterIteration)).Select(i => Line(i, i != 2))], progress.AfterIteration < 1, Completed),
        // One evaluation at most in an answer.
        GetRunLogHead head => new RunLogHead(Header, [Evaluation(2 * head.AfterEvaluation)], head.AfterEvaluation == 0),
        _ => throw new ArgumentException($"No console asks {request}."),
    };
}
