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

/// <summary>How a run ended, as its folder or its cluster says.</summary>
/// <param name="Word">One word: completed, exhausted, stopped or failed; or what it is doing.</param>
/// <param name="Failure">Why it failed, in one sentence; null unless it did.</param>
/// <param name="Seconds">How long it has taken, in seconds; null when that is not known.</param>
/// <param name="Model">The folder of the trained model; null when there is none.</param>
public sealed record RunOutcome(string Word, string? Failure, double? Seconds, string? Model);
