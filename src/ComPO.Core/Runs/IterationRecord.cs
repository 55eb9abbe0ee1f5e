using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Updates;

namespace ComPO.Core.Runs;

/// <summary>What the gate decided.</summary>
public enum GateVerdict
{
    /// <summary>Enough perturbations improved.</summary>
    Passed,

    /// <summary>Too few did; what follows was not computed.</summary>
    Refused,
}

/// <summary>One committed iteration: a line of the run log. What a refused gate leaves undecided is null.</summary>
public sealed record IterationRecord
{
    /// <summary>0-based.</summary>
    public required int Iteration { get; init; }

    /// <summary>The pair's 0-based row in the data file.</summary>
    public required int Pair { get; init; }

    /// <summary>The digest of the pair's stored features.</summary>
    public required Digest FeatureDigest { get; init; }

    /// <summary>The dimension of the perturbation space.</summary>
    public required int K { get; init; }

    /// <summary>The log-probabilities, in nats, before the update.</summary>
    public required PairLogProbabilities Before { get; init; }

    /// <summary>m.</summary>
    public required int Perturbations { get; init; }

    /// <summary>How many perturbations improved; null with the exact estimator, which draws none.</summary>
    public required int? Improved { get; init; }

    /// <summary>The probability that a perturbation improves, from the closed form, before any was drawn.</summary>
    public required double Predicted { get; init; }

    /// <summary>What the gate decided.</summary>
    public required GateVerdict Gate { get; init; }

    /// <summary>‖u‖ in units of one noise standard deviation.</summary>
    public required double? Norm { get; init; }

    /// <summary>The smallest magnitude of g's entries that was kept.</summary>
    public required double? Threshold { get; init; }

    /// <summary>How many entries of g were kept.</summary>
    public required int? Nonzero { get; init; }

    /// <summary>The cosine of the dense g to the limit direction.</summary>
    public required double? Alignment { get; init; }

    /// <summary>The first-order change of the log-probabilities by the update: γp⟨g,∂logp/∂W⟩.</summary>
    public required PairLogProbabilities? PredictedChange { get; init; }

    /// <summary>The log-probabilities along the sparse g.</summary>
    public required IReadOnlyList<LineSearchPoint>? LineSearch { get; init; }

    /// <summary>Whether the update was applied: at step 5 the pair is improved.</summary>
    public required bool? Accepted { get; init; }

    /// <summary>γ·p, by which g was multiplied if it was accepted.</summary>
    public required double? Scale { get; init; }

    /// <summary>The log-probabilities, in nats, after the iteration.</summary>
    public required PairLogProbabilities After { get; init; }

    /// <summary>The outcome bits in base64, least significant bit first; null with the exact estimator.</summary>
    public required string? Outcomes { get; init; }

    /// <summary>The digest of the head after the iteration.</summary>
    public required Digest HeadDigest { get; init; }

    /// <summary>Wall seconds of the iteration's parts, by name.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>The line, without its end.</summary>
    public string ToJson() => RunJson.Write(this);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="where">What to call it in an error, for instance "run.jsonl, line 7".</param>
    /// <exception cref="Errors.RunLogException">It is not such a line.</exception>
    public static IterationRecord FromJson(string line, string where) => RunJson.ReadLine<IterationRecord>(line, where);
}
