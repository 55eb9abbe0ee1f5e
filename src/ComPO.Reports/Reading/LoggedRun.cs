using System.Text.Json;
using ComPO.Core.Errors;
using ComPO.Core.Runs;

namespace ComPO.Reports.Reading;

/// <summary>A run as far as its log goes: what a report is made of.</summary>
/// <param name="Source">Where it was read, for people.</param>
/// <param name="Header">The first line of its log.</param>
/// <param name="Iterations">The iterations that are committed, in order.</param>
public sealed record LoggedRun(string Source, RunHeader Header, IReadOnlyList<IterationRecord> Iterations)
{
    /// <summary>The evaluations on held-out pairs, in order; empty when there were none.</summary>
    public IReadOnlyList<Evaluation> Evaluations { get; init; } = [];

    /// <summary>How the run ended; null while it has not, or when the folder does not say.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>What the reader should know about the log, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The run's name.</summary>
    public string Name => Header.Run;
}

/// <summary>The held-out pairs after some iterations: a line of <c>evaluations.jsonl</c>.</summary>
/// <param name="Committed">After how many iterations.</param>
/// <param name="Pairs">How many pairs.</param>
/// <param name="Chosen">Mean log-probability of the chosen answers, in nats.</param>
/// <param name="Rejected">Mean log-probability of the rejected answers, in nats.</param>
/// <param name="Margin">The mean of their difference, in nats.</param>
/// <param name="Accuracy">The share of pairs whose chosen answer is the likelier one.</param>
public sealed record Evaluation(int Committed, int Pairs, double Chosen, double Rejected, double Margin, double Accuracy)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="where">What to call it in an error.</param>
    /// <exception cref="RunLogException">It is no such line.</exception>
    public static Evaluation FromJson(string line, string where)
    {
        try
        {
            return JsonSerializer.Deserialize<Evaluation>(line, Options) ?? throw new RunLogException($"{where} is null: expected a JSON object.");
        }
        catch (JsonException exception)
        {
            throw new RunLogException($"{where} is no whole line of evaluations: {exception.Message}", exception);
        }
    }
}

/// <summary>How a run ended, as its folder or its cluster says.</summary>
/// <param name="Word">One word: completed, exhausted, stopped or failed; or what it is doing.</param>
/// <param name="Failure">Why it failed, in one sentence; null unless it did.</param>
/// <param name="Seconds">How long it has taken, in seconds; null when that is not known.</param>
/// <param name="Model">The folder of the trained model; null when there is none.</param>
public sealed record RunOutcome(string Word, string? Failure, double? Seconds, string? Model);
