using ComPO.Core.Runs;
using ComPO.Reports.Reading;

namespace ComPO.Reports.Tables;

/// <summary>A run in a few numbers: a line of <c>runs.csv</c>, an element of <c>report.json</c>, a column of the comparison.</summary>
public sealed record RunFigures
{
    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>How it ended: completed, exhausted, stopped, failed; what it is doing; or <c>unfinished</c> when nothing says that it ended.</summary>
    public required string Outcome { get; init; }

    /// <summary>Iterations in the log.</summary>
    public required int Iterations { get; init; }

    /// <summary>Iterations asked for.</summary>
    public required int Asked { get; init; }

    /// <summary>Updates applied.</summary>
    public required int Accepted { get; init; }

    /// <summary>Updates that failed the acceptance check.</summary>
    public required int NotAccepted { get; init; }

    /// <summary>Iterations that the gate refused.</summary>
    public required int GateRefused { get; init; }

    /// <summary>Improved perturbations as a share of all; null when none was drawn.</summary>
    public required double? ImprovedShare { get; init; }

    /// <summary>The mean of the predicted shares; null without iterations.</summary>
    public required double? PredictedShare { get; init; }

    /// <summary>Iterations whose count is more than two standard deviations from its prediction; null when none was drawn.</summary>
    public required int? OutsideTwoDeviations { get; init; }

    /// <summary>The mean alignment of the updates; null without any.</summary>
    public required double? Alignment { get; init; }

    /// <summary>The change of logp⁺ of each iteration's own pair, summed up, in nats.</summary>
    public required double ChosenGain { get; init; }

    /// <summary>The change of logp⁻ of each iteration's own pair, summed up, in nats.</summary>
    public required double RejectedGain { get; init; }

    /// <summary>The difference of the two.</summary>
    public required double MarginGain { get; init; }

    /// <summary>The first evaluation on held-out pairs.</summary>
    public required Evaluation? FirstEvaluation { get; init; }

    /// <summary>The last evaluation on held-out pairs.</summary>
    public required Evaluation? LastEvaluation { get; init; }

    /// <summary>The sum of all iterations' wall time, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>The median iteration's wall time, in seconds; null without iterations.</summary>
    public required double? MedianSeconds { get; init; }

    /// <summary>The digest of the head it began with.</summary>
    public required string BaseDigest { get; init; }

    /// <summary>The digest of the head after the last iteration.</summary>
    public required string HeadDigest { get; init; }

    /// <summary>Sums a run up.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">What to call it beside others.</param>
    public static RunFigures Of(LoggedRun run, string name)
    {
        ArgumentNullException.ThrowIfNull(run);
        var drawn = run.Iterations.Where(i => i.Improved is not null).ToArray();
        var seconds = run.Iterations.Select(i => i.Seconds.GetValueOrDefault(SecondsTable.Total)).Order().ToArray();
        int Count(IterationVerdict verdict) => run.Iterations.Count(i => i.Verdict == verdict);
        return new RunFigures
        {
            Run = name,
            Outcome = run.Outcome?.Word ?? "unfinished",
            Iterations = run.Iterations.Count,
            Asked = run.Header.Settings.Iterations,
            Accepted = Count(IterationVerdict.Accepted),
            NotAccepted = Count(IterationVerdict.NotAccepted),
            GateRefused = Count(IterationVerdict.GateRefused),
            ImprovedShare = drawn.Length == 0 ? null : drawn.Sum(i => (double)i.Improved!.Value) / drawn.Sum(i => (double)i.Perturbations),
            PredictedShare = run.Iterations.Count == 0 ? null : run.Iterations.Average(i => i.Predicted),
            OutsideTwoDeviations = drawn.Length == 0 ? null : drawn.Count(i => Math.Abs(i.StandardScore() ?? 0) > 2),
            Alignment = run.Iterations.Average(i => i.Alignment),
            ChosenGain = run.Iterations.Sum(i => i.After.Chosen - i.Before.Chosen),
            RejectedGain = run.Iterations.Sum(i => i.After.Rejected - i.Before.Rejected),
            MarginGain = run.Iterations.Sum(i => i.MarginGain()),
            FirstEvaluation = run.Evaluations.Count == 0 ? null : run.Evaluations[0],
            LastEvaluation = run.Evaluations.Count == 0 ? null : run.Evaluations[^1],
            Seconds = seconds.Sum(),
            MedianSeconds = seconds.Length == 0 ? null : (seconds[(seconds.Length - 1) / 2] + seconds[seconds.Length / 2]) / 2,
            BaseDigest = run.Header.BaseDigest.ToString(),
            HeadDigest = (run.Iterations.Count == 0 ? run.Header.BaseDigest : run.Iterations[^1].HeadDigest).ToString(),
        };
    }
}
