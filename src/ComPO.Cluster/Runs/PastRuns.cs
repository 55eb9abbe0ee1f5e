using System.Collections.Immutable;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Runs;

/// <summary>The runs before the present or last one, in short; so many and no more.</summary>
/// <param name="Runs">In the order in which they were started.</param>
internal sealed record PastRuns(ImmutableList<RunSummary> Runs)
{
    /// <summary>No runs.</summary>
    public static PastRuns Empty { get; } = new([]);

    /// <summary>The history after something happened: a start puts the run before it there.</summary>
    /// <param name="last">The run before that; null before the first.</param>
    /// <param name="happened">What happened.</param>
    public PastRuns Apply(RunState? last, RunEvent happened)
    {
        if (happened is not RunStarted || last is null)
            return this;
        // One place is the present run's.
        var runs = Runs.Add(Of(last, last.End?.Outcome ?? RunPhase.Failed, last.End?.ElapsedSeconds ?? 0));
        return new PastRuns(runs.Count < Limits.Runs ? runs : runs.RemoveAt(0));
    }

    /// <summary>The last run of a name; null when it is not remembered.</summary>
    public RunSummary? Find(string runId) => Runs.FindLast(run => run.RunId == runId);

    /// <summary>A run in short.</summary>
    public static RunSummary Of(RunState run, RunPhase phase, double elapsedSeconds) => new(
        run.RunId,
        phase,
        run.Started.UnixMilliseconds,
        elapsedSeconds,
        run.Committed,
        run.Settings.Iterations,
        run.Count(IterationVerdict.Accepted),
        run.HeadDigest,
        run.Output,
        run.Export?.Folder,
        run.End?.Failure);
}
