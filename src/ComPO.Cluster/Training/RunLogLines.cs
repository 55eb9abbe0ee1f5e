using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ComPO.Cluster.Aggregation;
using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What the supervisor knows of an iteration besides its update.</summary>
internal sealed record IterationFacts(
    int Iteration, PairSelected Pair, PairLogProbabilities Before, RunSettings Settings, double Predicted, PairsEvaluated? Evaluation, IterationSeconds Seconds);

/// <summary>The texts that a run leaves: the lines of its log, and its result.</summary>
internal static class RunLogLines
{
    private static readonly JsonSerializerOptions ResultOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

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

    /// <summary>How the run ended, as <c>result.json</c>.</summary>
    public static string Result(RunState run, PairsEvaluated? before, PairsEvaluated? after) => JsonSerializer.Serialize(
        new
        {
            Run = run.RunId,
            Outcome = run.End!.Outcome,
            run.End.Failure,
            Iterations = run.Committed,
            run.Accepted,
            run.NotAccepted,
            run.GateRefused,
            BaseDigest = run.BaseDigest?.ToString(),
            HeadDigest = run.HeadDigest?.ToString(),
            Model = run.Model?.Folder,
            run.Model?.SurvivingShare,
            Skipped = run.Skipped.ToDictionary(skipped => skipped.Reason, skipped => skipped.Rows),
            Evaluation = new { Before = EvaluationOf(before), After = EvaluationOf(after) },
            Seconds = run.End.Elapsed.TotalSeconds,
        },
        ResultOptions);

    private static IterationRecord Describe(IterationFacts facts, OutcomeBits? outcomes, Digest head) => new()
    {
        Iteration = facts.Iteration,
        Pair = facts.Pair.Row,
        FeatureDigest = facts.Pair.FeatureDigest,
        K = facts.Pair.Dimension,
        Before = facts.Before,
        Perturbations = facts.Settings.Perturbations,
        Improved = outcomes?.CountImproved(),
        Predicted = facts.Predicted,
        Gate = GateVerdict.Refused,
        Norm = null,
        Threshold = null,
        Nonzero = null,
        Alignment = null,
        PredictedChange = null,
        LineSearch = null,
        Accepted = null,
        Scale = null,
        After = facts.Before,
        Outcomes = outcomes?.ToBase64(),
        HeadDigest = head,
        Seconds = facts.Seconds.ToDictionary(),
        Evaluation = EvaluationOf(facts.Evaluation),
    };

    private static Evaluation? EvaluationOf(PairsEvaluated? evaluated) => evaluated is null
        ? null
        : new Evaluation(evaluated.Pairs, evaluated.Chosen, evaluated.Rejected, evaluated.Chosen - evaluated.Rejected, evaluated.Accuracy);
}
