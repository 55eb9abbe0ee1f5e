using System.Text.Json;
using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Runs;
using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.RunFolders;

/// <summary>What the supervisor knows of an iteration besides its update.</summary>
internal sealed record IterationFacts(PairTaken Pair, PairIsPrepared Prepared, RunSettings Settings, IterationSeconds Seconds);

/// <summary>The texts that a run leaves: the lines of its log and of its evaluations, and its result.</summary>
internal static class RunLogLines
{
    /// <summary>The first line of the log.</summary>
    public static string Header(RunState run, ModelLoaded model, string computeClass) => new RunHeader(
        run.RunId,
        run.Settings,
        model.BaseDigest,
        computeClass,
        model.Versions.Select(version => version.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[^1])).ToJson();

    /// <summary>The line of an iteration that the gate refused: what it leaves undecided is null.</summary>
    public static string Refused(IterationFacts facts, GateRefused refused, Digest head) => Describe(facts, refused.Outcomes, head).ToJson();

    /// <summary>The line of an iteration that passed the gate. Its scale is γ·p whether or not the update was accepted; one that was not is not applied.</summary>
    public static string Updated(IterationFacts facts, UpdateReady ready, PairLogProbabilities after, Digest head) =>
        (Describe(facts, ready.Outcomes, head) with
        {
            Gate = GateVerdict.Passed,
            Norm = ready.Norm,
            Threshold = ready.Threshold,
            Nonzero = ready.Check.Count,
            Alignment = ready.Alignment,
            PredictedChange = ready.Check.PredictedChange,
            LineSearch = ready.Check.LineSearch,
            Accepted = ready.IsAccepted,
            Scale = ready.Scale,
            After = after,
        }).ToJson();

    /// <summary>A line of <c>evaluations.jsonl</c>: the held-out pairs after so many iterations.</summary>
    public static string Scored(PairsScored scored) =>
        new Evaluation(scored.Committed, scored.Pairs, scored.Chosen, scored.Rejected, scored.Chosen - scored.Rejected, scored.Accuracy).ToJson();

    /// <summary>A line of <c>skipped.jsonl</c>: a row that was left out.</summary>
    public static string SkippedRows(SkippedRow row) => new SkippedRowLine(row.Row, row.Reason.Name()).ToJson();

    /// <summary>How the run ended, as <c>result.json</c>.</summary>
    public static string Result(RunState run, RunEnded ended, ReceivedBlobs received) => new RunResult
    {
        Run = run.RunId,
        Outcome = JsonNamingPolicy.CamelCase.ConvertName(ended.Outcome.ToString()),
        Failure = ended.Failure,
        Iterations = run.Committed,
        Accepted = run.Count(IterationVerdict.Accepted),
        NotAccepted = run.Count(IterationVerdict.NotAccepted),
        GateRefused = run.Count(IterationVerdict.GateRefused),
        BaseDigest = run.Model?.BaseDigest,
        HeadDigest = run.HeadDigest,
        Model = run.Export?.Folder,
        SurvivingShare = run.Export?.SurvivingShare,
        Skipped = run.Skipped.ToDictionary(skipped => skipped.Reason, skipped => skipped.Rows),
        Evaluation = new EvaluationChange(MeanOf(run.Evaluations.FirstOrDefault()), MeanOf(run.Evaluations.LastOrDefault())),
        Seconds = ended.ElapsedSeconds,
        Received = new TransferredBytes(received.UpdateBytes, received.FeatureBytes, received.HeadBytes),
    }.ToJson();

    private static IterationRecord Describe(IterationFacts facts, OutcomeBits? outcomes, Digest head) => new()
    {
        Iteration = facts.Pair.Iteration,
        Pair = facts.Pair.Row,
        FeatureDigest = facts.Pair.FeatureDigest,
        K = facts.Pair.Dimension,
        Before = facts.Prepared.Before,
        Perturbations = facts.Settings.Perturbations,
        Improved = outcomes?.CountImproved(),
        Predicted = facts.Prepared.Predicted,
        Gate = GateVerdict.Refused,
        Norm = null,
        Threshold = null,
        Nonzero = null,
        Alignment = null,
        PredictedChange = null,
        LineSearch = null,
        Accepted = null,
        Scale = null,
        After = facts.Prepared.Before,
        Outcomes = outcomes?.ToBase64(),
        HeadDigest = head,
        Seconds = facts.Seconds.ToDictionary(),
    };

    private static MeanEvaluation? MeanOf(PairsScored? scored) =>
        scored is null ? null : new MeanEvaluation(scored.Pairs, scored.Chosen, scored.Rejected, scored.Chosen - scored.Rejected, scored.Accuracy);
}
