using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Dashboard.Tests.Fakes;

/// <summary>A made-up run: lines, events and status as a supervisor would tell them, the same for the same seed.</summary>
internal static class SampleRun
{
    public const int Perturbations = 1800;

    public const long Started = 1_790_000_000_000;

    public static readonly string Leader = "akka.tcp://ComPO@10.0.0.1:4053";

    public static IEnumerable<string> Lines(int count, int seed = 1)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
            yield return Line(i, random).ToJson();
    }

    public static IterationRecord Line(int iteration, Random random)
    {
        var predicted = 0.17 + 0.09 * random.NextDouble();
        var outcomes = new OutcomeBits(Perturbations);
        for (var i = 0; i < Perturbations; i++)
            outcomes[i] = random.NextDouble() < predicted;
        var improved = outcomes.CountImproved();
        var passes = improved > 0.2 * Perturbations;
        var accepted = passes && iteration % 7 != 3;
        var before = new PairLogProbabilities(-180 - 60 * random.NextDouble() + 0.3 * iteration, -175 - 60 * random.NextDouble() - 0.2 * iteration);
        var slope = accepted ? 0.04 : -0.01;
        LineSearchPoint[] search = [.. LineSearch.Steps.ToArray().Select(step =>
            new LineSearchPoint(step, before.Chosen + slope * step - 0.0006 * step * step, before.Rejected - 0.05 * step - 0.0004 * step * step))];
        return new IterationRecord
        {
            Iteration = iteration,
            Pair = 3 * iteration + 1,
            FeatureDigest = Digest.Of("features"u8),
            K = 96,
            Before = before,
            Perturbations = Perturbations,
            Improved = improved,
            Predicted = predicted,
            Gate = passes ? GateVerdict.Passed : GateVerdict.Refused,
            Norm = passes ? 1700 : null,
            Threshold = passes ? 0.002 : null,
            Nonzero = passes ? 1000 : null,
            Alignment = passes ? 0.03 + 0.01 * random.NextDouble() : null,
            PredictedChange = null,
            LineSearch = passes ? search : null,
            Accepted = passes ? accepted : null,
            Scale = passes ? 0.007 : null,
            After = accepted ? new PairLogProbabilities(before.Chosen + 0.18, before.Rejected - 0.24) : before,
            Outcomes = outcomes.ToBase64(),
            HeadDigest = Digest.Of("head"u8),
            Seconds = new Dictionary<string, double> { ["total"] = 2.5 },
        };
    }

    public static TrainingStatus Status(int committed, int iterations = 100, RunPhase phase = RunPhase.Probing, string run = "llama-3-8b-ultrafeedback") => new(
        run, phase, committed, iterations, committed, 1120, Perturbations, 251, 0.221, 3 * committed + 1, committed / 2, committed / 7, committed - committed / 2 - committed / 7,
        -182.4, -190.1, 41.3, Started, 2.6 * committed, 2.6 * (iterations - committed), Digest.Of("head"u8), $"/srv/compo/runs/{run}", null, null, null, 0,
        [new SkippedCount("tooLong", 12), new SkippedCount("noAssistantAnswer", 3)],
        [
            Node("akka.tcp://ComPO@10.0.0.11:4053", "cuda-a100-bf16", TrainerState.Ready, null, ("cuda:0", 14.2, 0.97), ("cuda:1", 13.9, 0.96)),
            Node("akka.tcp://ComPO@10.0.0.12:4053", "cuda-a100-bf16", TrainerState.CatchingUp, null, ("cuda:0", 0, 0)),
            Node("akka.tcp://ComPO@trainer-3.compo-trainers.alignment.svc.cluster.example:4053", "cuda-a100-bf16", TrainerState.Quarantined,
                "After iteration 7 its head has digest 90ab; expected 12cd. It answered wrongly twice and gets no more work until it is started again.", ("cuda:0", 0, 0)),
        ],
        Leader,
        0.2,
        Started + 5,
        Received: new ReceivedBlobs(6_500_000L * committed, 4_200_000L * committed, 512_000_000));

    public static NodeStatus Node(string address, string computeClass, TrainerState state, string? note, params (string Name, double Rate, double Load)[] devices) => new(
        address, computeClass, [.. devices.Select(device => new DeviceStatus(device.Name, 8, 80L << 30, device.Rate, device.Load))], state, note, true, 16L << 30, null, 0.8, 3L << 30, 1L << 30, new ReceivedBlobs(9_000_000, 4_000_000, 512_000_000));

    public static IReadOnlyList<ClusterEvent> Events { get; } =
    [
        new(Started, EventKind.RunStarted, null, null, "Run llama-3-8b-ultrafeedback starts in /srv/compo/runs/llama-3-8b-ultrafeedback."),
        new(Started + 1, EventKind.TrainerJoined, "akka.tcp://ComPO@10.0.0.11:4053", null, "It joined with cuda:0, cuda:1."),
        new(Started + 2, EventKind.UpdateAccepted, null, 0, "Accepted: chosen -182.40 → -182.22, rejected -190.10 → -190.34."),
        new(Started + 3, EventKind.GateRefused, null, 1, "Refused by the gate: 18.4 % improved, more than 20.0 % are needed."),
        new(Started + 4, EventKind.TrainerLeft, "akka.tcp://ComPO@10.0.0.13:4053", null, "It has said nothing for 8 seconds."),
        new(Started + 5, EventKind.TrainerQuarantined, "akka.tcp://ComPO@trainer-3.compo-trainers.alignment.svc.cluster.example:4053", null, "Its head differs."),
    ];
}
