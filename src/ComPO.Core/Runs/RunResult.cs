using ComPO.Core.Digests;

namespace ComPO.Core.Runs;

/// <summary>How a run ended: <c>result.json</c>. What a run that failed early never had is null.</summary>
public sealed record RunResult
{
    /// <summary>The run's name.</summary>
    public required string Run { get; init; }

    /// <summary>One word: completed, exhausted, stopped or failed.</summary>
    public required string Outcome { get; init; }

    /// <summary>Why it failed, in one sentence; null unless it did.</summary>
    public string? Failure { get; init; }

    /// <summary>How many iterations are committed.</summary>
    public required int Iterations { get; init; }

    /// <summary>How many updates were applied.</summary>
    public int Accepted { get; init; }

    /// <summary>How many updates passed the gate and were not applied.</summary>
    public int NotAccepted { get; init; }

    /// <summary>How many iterations the gate refused.</summary>
    public int GateRefused { get; init; }

    /// <summary>The digest of the base model's head.</summary>
    public Digest? BaseDigest { get; init; }

    /// <summary>The digest of the trained head.</summary>
    public Digest? HeadDigest { get; init; }

    /// <summary>The folder of the trained model.</summary>
    public string? Model { get; init; }

    /// <summary>The share of the moved entries that the stored type still shows as moved.</summary>
    public double? SurvivingShare { get; init; }

    /// <summary>How many rows of the data were left out, by reason.</summary>
    public IReadOnlyDictionary<string, int> Skipped { get; init; } = new Dictionary<string, int>();

    /// <summary>The held-out pairs before and after the run.</summary>
    public EvaluationChange Evaluation { get; init; } = new(null, null);

    /// <summary>How long it took, in seconds, without pauses.</summary>
    public required double Seconds { get; init; }

    /// <summary>What trainers received from others.</summary>
    public TransferredBytes Received { get; init; } = new(0, 0, 0);

    /// <summary>The text of the file, without its last line end.</summary>
    public string ToJson() => RunJson.WriteFile(this);

    /// <summary>Reads the file. Members that it has besides these are let be.</summary>
    /// <param name="text">The file, in UTF-8.</param>
    /// <param name="where">What to call it in an error.</param>
    /// <exception cref="Errors.RunLogException">It is no such file.</exception>
    public static RunResult FromJson(ReadOnlySpan<byte> text, string where) => RunJson.ReadFile<RunResult>(text, where);
}

/// <summary>The held-out pairs before the first iteration and after the last that was evaluated; null without held-out pairs.</summary>
public sealed record EvaluationChange(MeanEvaluation? Before, MeanEvaluation? After);

/// <summary>Means over the held-out pairs.</summary>
/// <param name="Pairs">How many pairs.</param>
/// <param name="Chosen">Mean log-probability of the chosen answers, in nats.</param>
/// <param name="Rejected">Mean log-probability of the rejected answers, in nats.</param>
/// <param name="Margin">The mean of their difference, in nats.</param>
/// <param name="Accuracy">The share of pairs whose chosen answer is the likelier one.</param>
public sealed record MeanEvaluation(int Pairs, double Chosen, double Rejected, double Margin, double Accuracy);

/// <summary>Bytes that all trainers together received, by what they were.</summary>
public sealed record TransferredBytes(long UpdateBytes, long FeatureBytes, long HeadBytes);
