using System.Collections.Immutable;
using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Runs;

/// <summary>All that decides how a run goes on: the sum of its events. Knows no actors.</summary>
internal sealed record RunState
{
    private RunState(RunStarted started)
    {
        Started = started;
        Settings = RunSettings.FromJson(started.SettingsJson);
    }

    /// <summary>How it began.</summary>
    public RunStarted Started { get; }

    /// <summary>The run's name.</summary>
    public string RunId => Started.RunId;

    /// <summary>Its settings.</summary>
    public RunSettings Settings { get; }

    /// <summary>The run folder, as a full path on the supervisor's node.</summary>
    public string Output => Started.Output;

    /// <summary>The model, once a trainer has opened it.</summary>
    public ModelOpened? Model { get; private init; }

    /// <summary>The iterations that are decided.</summary>
    public ImmutableList<IterationCommitted> Commits { get; private init; } = [];

    /// <summary>The pair of the iteration under way, once it is chosen.</summary>
    public PairTaken? Pair { get; private init; }

    /// <summary>What is known of its outcomes.</summary>
    public ImmutableList<ReportedBlock> Outcomes { get; private init; } = [];

    /// <summary>The held-out pairs, in the order in which they were scored.</summary>
    public ImmutableList<PairsScored> Evaluations { get; private init; } = [];

    /// <summary>The last head that trainers keep.</summary>
    public HeadRetained? KeptHead { get; private init; }

    /// <summary>After how many iterations models have been written on the way.</summary>
    public ImmutableList<int> Checkpoints { get; private init; } = [];

    /// <summary>Whether the data holds no noisy pair any more.</summary>
    public bool IsExhausted { get; private init; }

    /// <summary>Why it begins nothing more, while it is paused.</summary>
    public RunPaused? Pause { get; private init; }

    /// <summary>How long it has been paused before.</summary>
    public long PausedMilliseconds { get; private init; }

    /// <summary>Whether a console asked it to stop.</summary>
    public bool IsStopWanted { get; private init; }

    /// <summary>Rows left out, by reason.</summary>
    public IReadOnlyList<SkippedCount> Skipped { get; private init; } = [];

    /// <summary>Which rows those are, as many as are listed, in the order in which they were met.</summary>
    public ImmutableList<SkippedRow> SkippedRows { get; private init; } = [];

    /// <summary>The trained model, once it is written.</summary>
    public ModelWritten? Export { get; private init; }

    /// <summary>How it ended, once it has.</summary>
    public RunEnded? End { get; private init; }

    /// <summary>How many iterations are decided: the number of the next.</summary>
    public int Committed => Commits.Count;

    /// <summary>Whether it has not ended.</summary>
    public bool IsActive => End is null;

    /// <summary>The head after the last committed iteration; null before the model is opened.</summary>
    public Digest? HeadDigest => Commits.Count > 0 ? Commits[^1].HeadDigest : Model?.BaseDigest;

    /// <summary>The row at which the next pair is looked for.</summary>
    public int NextRow => Commits.Count > 0 ? Commits[^1].Row + 1 : Settings.Offset;

    /// <summary>The last pair's log-probabilities after its iteration.</summary>
    public PairLogProbabilities? LastAfter => Commits.Count > 0 ? Commits[^1].After : null;

    /// <summary>The head before an iteration.</summary>
    public Digest HeadBefore(int iteration) => iteration == 0 ? Model!.BaseDigest : Commits[iteration - 1].HeadDigest;

    /// <summary>The next lines of the log behind an iteration, so many as one answer takes, and whether there are more.</summary>
    /// <param name="iteration">The last that is known; −1 for none.</param>
    public (string[] Lines, bool HasMore) LinesAfter(int iteration)
    {
        var first = (int)Math.Clamp(iteration + 1L, 0, Committed);
        var lines = Commits.GetRange(first, Math.Min(Limits.LogLines, Committed - first)).Select(committed => committed.Line).ToArray();
        return (lines, first + lines.Length < Committed);
    }

    /// <summary>How many iterations ended so.</summary>
    public int Count(IterationVerdict verdict) => Commits.Count(committed => committed.Verdict == verdict);

    /// <summary>How long it has been running, pauses left out.</summary>
    public TimeSpan Elapsed(DateTimeOffset now) => TimeSpan.FromMilliseconds(
        Math.Max(0, (Pause?.UnixMilliseconds ?? now.ToUnixTimeMilliseconds()) - Started.UnixMilliseconds - PausedMilliseconds));

    /// <summary>The state after something happened.</summary>
    /// <param name="run">The state before; null before the first run.</param>
    /// <param name="happened">What happened. A start begins a new run, whatever was before.</param>
    public static RunState Apply(RunState? run, RunEvent happened) => happened is RunStarted started
        ? new RunState(started)
        : (run ?? throw new InvalidOperationException($"{happened.GetType().Name} happened to no run.")).Apply(happened);

    /// <summary>The events that make up this state: what a snapshot holds.</summary>
    public IEnumerable<RunEvent> ToEvents()
    {
        yield return Started;
        if (Model is not null)
            yield return Model;
        foreach (var committed in Commits)
            yield return committed;
        foreach (var scored in Evaluations)
            yield return scored;
        if (KeptHead is not null)
            yield return KeptHead;
        foreach (var committed in Checkpoints)
            yield return new CheckpointWritten(committed);
        yield return new RowsSkipped([.. Skipped], [.. SkippedRows]);
        if (Pair is not null)
            yield return Pair with { SkippedRows = null };
        if (Outcomes.Count > 0)
            yield return new OutcomesReported(Committed, [.. Outcomes]);
        if (IsExhausted)
            yield return new DataExhausted([]);
        if (PausedMilliseconds > 0)
            yield return new RunResumed(PausedMilliseconds);
        if (IsStopWanted)
            yield return new StopRequested();
        if (Pause is not null)
            yield return Pause;
        if (Export is not null)
            yield return Export;
        if (End is not null)
            yield return End;
    }

    private RunState Apply(RunEvent happened) => happened switch
    {
        ModelOpened opened => this with { Model = opened },
        PairTaken chosen => this with { Pair = chosen, Outcomes = [], Skipped = Most(Skipped, chosen.Skipped), SkippedRows = List(chosen.SkippedRows) },
        RowsSkipped skipped => this with { Skipped = Most(Skipped, skipped.Skipped), SkippedRows = List(skipped.SkippedRows) },
        // What comes from an iteration that is over says nothing about this one.
        OutcomesReported reported => reported.Iteration == Committed ? this with { Outcomes = Outcomes.AddRange(reported.Blocks) } : this,
        IterationCommitted committed => this with { Commits = Commits.Add(committed), Pair = null, Outcomes = [] },
        PairsScored scored => this with { Evaluations = Evaluations.Add(scored) },
        HeadRetained kept => this with { KeptHead = kept },
        CheckpointWritten written => this with { Checkpoints = Checkpoints.Add(written.Committed) },
        DataExhausted exhausted => this with { IsExhausted = true, Skipped = Most(Skipped, exhausted.Skipped), SkippedRows = List(exhausted.SkippedRows) },
        // What it is paused for may change; since when it is does not.
        RunPaused paused => this with { Pause = Pause is { } before ? paused with { UnixMilliseconds = before.UnixMilliseconds } : paused },
        RunResumed resumed => this with { Pause = null, PausedMilliseconds = PausedMilliseconds + resumed.PausedMilliseconds },
        StopRequested => this with { IsStopWanted = true, Pause = null },
        ModelWritten written => this with { Export = written },
        RunEnded ended => this with { End = ended, Pause = null },
        _ => throw new NotSupportedException($"A run does not know what to do with {happened.GetType().Name}."),
    };

    private ImmutableList<SkippedRow> List(SkippedRow[]? more) => SkippedRows.AddRange(more ?? []);

    // Each trainer counts the rows that it has looked at itself.
    private static SkippedCount[] Most(IReadOnlyList<SkippedCount> before, IReadOnlyList<SkippedCount> now) =>
        [.. before.Concat(now).GroupBy(skipped => skipped.Reason, StringComparer.Ordinal).Select(group => group.MaxBy(skipped => skipped.Rows)!)];
}
