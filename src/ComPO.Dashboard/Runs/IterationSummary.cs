using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Dashboard.Charts;

namespace ComPO.Dashboard.Runs;

/// <summary>What the page shows of a line of a run's log.</summary>
public sealed record IterationSummary
{
    /// <summary>0-based.</summary>
    public required int Iteration { get; init; }

    /// <summary>The pair's 0-based row.</summary>
    public required int Pair { get; init; }

    /// <summary>Log-probabilities before the iteration, in nats.</summary>
    public required PairLogProbabilities Before { get; init; }

    /// <summary>Log-probabilities after it, in nats.</summary>
    public required PairLogProbabilities After { get; init; }

    /// <summary>m.</summary>
    public required int Perturbations { get; init; }

    /// <summary>How many improved; null with the exact estimator.</summary>
    public required int? Improved { get; init; }

    /// <summary>The share of the perturbations that improved; null with the exact estimator.</summary>
    public required double? ImprovedShare { get; init; }

    /// <summary>The closed form's probability of improvement.</summary>
    public required double Predicted { get; init; }

    /// <summary>The cosine of the dense direction to its limit; null when the gate refused.</summary>
    public required double? Alignment { get; init; }

    /// <summary>How it ended.</summary>
    public required IterationVerdict Verdict { get; init; }

    /// <summary>The log-probabilities along the sparse direction; none when the gate refused.</summary>
    public required IReadOnlyList<LineSearchPoint> LineSearch { get; init; }

    /// <summary>Its wall time.</summary>
    public required double Seconds { get; init; }

    /// <summary>What improved in it.</summary>
    public IterationCount Count => new(Iteration, Improved, Predicted * Perturbations);

    /// <summary>Reads a line of a run's log.</summary>
    /// <exception cref="Core.Errors.RunLogException">It is no such line.</exception>
    public static IterationSummary Of(string line)
    {
        var record = IterationRecord.FromJson(line, "a line of the run's log");
        return new IterationSummary
        {
            Iteration = record.Iteration,
            Pair = record.Pair,
            Before = record.Before,
            After = record.After,
            Perturbations = record.Perturbations,
            Improved = record.Improved,
            ImprovedShare = record.ImprovedShare,
            Predicted = record.Predicted,
            Alignment = record.Alignment,
            Verdict = record.Verdict,
            LineSearch = record.LineSearch ?? [],
            Seconds = record.Seconds.GetValueOrDefault("total"),
        };
    }
}
