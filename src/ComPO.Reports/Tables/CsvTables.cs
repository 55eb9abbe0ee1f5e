using ComPO.Core.Runs;
using ComPO.Reports.Reading;

namespace ComPO.Reports.Tables;

/// <summary>The tables of a report. The first column of each is the run.</summary>
internal static class CsvTables
{
    private static readonly (string Name, Func<IterationRecord, object?> Value)[] Columns =
    [
        ("iteration", i => i.Iteration),
        ("pair", i => i.Pair),
        ("k", i => i.K),
        ("before_chosen", i => i.Before.Chosen),
        ("before_rejected", i => i.Before.Rejected),
        ("after_chosen", i => i.After.Chosen),
        ("after_rejected", i => i.After.Rejected),
        ("perturbations", i => i.Perturbations),
        ("improved", i => i.Improved),
        ("improved_share", i => i.ImprovedShare),
        ("predicted", i => i.Predicted),
        ("standard_score", i => i.StandardScore()),
        ("gate", i => i.Gate == GateVerdict.Passed ? "passed" : "refused"),
        ("accepted", i => i.Accepted),
        ("scale", i => i.Scale),
        ("norm", i => i.Norm),
        ("threshold", i => i.Threshold),
        ("nonzero", i => i.Nonzero),
        ("alignment", i => i.Alignment),
        ("predicted_change_chosen", i => i.PredictedChange?.Chosen),
        ("predicted_change_rejected", i => i.PredictedChange?.Rejected),
        ("feature_digest", i => i.FeatureDigest),
        ("head_digest", i => i.HeadDigest),
    ];

    /// <summary>A line a run.</summary>
    public static string Runs(IEnumerable<RunFigures> runs)
    {
        var csv = new CsvText();
        csv.Add(["run", "outcome", "iterations", "asked", "accepted", "not_accepted", "gate_refused", "improved_share", "predicted_share",
            "outside_two_deviations", "alignment", "chosen_gain", "rejected_gain", "margin_gain", "first_evaluation_margin", "last_evaluation_margin",
            "first_evaluation_accuracy", "last_evaluation_accuracy", "seconds", "median_seconds", "base_digest", "head_digest"]);
        foreach (var run in runs)
        {
            csv.Add([run.Run, run.Outcome, run.Iterations, run.Asked, run.Accepted, run.NotAccepted, run.GateRefused, run.ImprovedShare, run.PredictedShare,
                run.OutsideTwoDeviations, run.Alignment, run.ChosenGain, run.RejectedGain, run.MarginGain, run.FirstEvaluation?.Margin, run.LastEvaluation?.Margin,
                run.FirstEvaluation?.Accuracy, run.LastEvaluation?.Accuracy, run.Seconds, run.MedianSeconds, run.BaseDigest, run.HeadDigest]);
        }
        return csv.ToString();
    }

    /// <summary>A line an iteration, and a column for the seconds of each part.</summary>
    public static string Iterations(IReadOnlyList<(string Name, LoggedRun Run)> runs)
    {
        string[] parts = [.. runs.SelectMany(run => run.Run.SecondsParts()).Distinct(StringComparer.Ordinal), SecondsTable.Total];
        var csv = new CsvText();
        csv.Add(["run", .. Columns.Select(column => column.Name), .. parts.Select(part => $"seconds_{part}")]);
        foreach (var (name, run) in runs)
        {
            foreach (var iteration in run.Iterations)
            {
                csv.Add([name, .. Columns.Select(column => column.Value(iteration)),
                    .. parts.Select(part => iteration.Seconds.TryGetValue(part, out var seconds) ? (object?)seconds : null)]);
            }
        }
        return csv.ToString();
    }

    /// <summary>A line a step of each line search.</summary>
    public static string LineSearches(IReadOnlyList<(string Name, LoggedRun Run)> runs)
    {
        var csv = new CsvText();
        csv.Add(["run", "iteration", "step", "chosen", "rejected"]);
        foreach (var (name, run) in runs)
        {
            foreach (var iteration in run.Iterations)
            {
                foreach (var point in iteration.LineSearch ?? [])
                    csv.Add([name, iteration.Iteration, point.Step, point.Chosen, point.Rejected]);
            }
        }
        return csv.ToString();
    }

    /// <summary>A line an evaluation.</summary>
    public static string Evaluations(IReadOnlyList<(string Name, LoggedRun Run)> runs)
    {
        var csv = new CsvText();
        csv.Add(["run", "committed", "pairs", "chosen", "rejected", "margin", "accuracy"]);
        foreach (var (name, run) in runs)
        {
            foreach (var evaluation in run.Evaluations)
                csv.Add([name, evaluation.Committed, evaluation.Pairs, evaluation.Chosen, evaluation.Rejected, evaluation.Margin, evaluation.Accuracy]);
        }
        return csv.ToString();
    }
}
