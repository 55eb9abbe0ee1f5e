using ComPO.Cluster.Runs;
using ComPO.Protocol;
using MemoryPack;

namespace ComPO.Cluster.Persistence;

/// <summary>A run as the events that make it up, and those before it in short, so that the journal behind them can go.</summary>
/// <param name="Names">The name of each event's type.</param>
/// <param name="Events">Each event's bytes.</param>
/// <param name="Past">The runs before it; null in a snapshot of a version that did not remember them.</param>
[MemoryPackable]
internal sealed partial record RunSnapshot(string[] Names, byte[][] Events, RunSummary[]? Past = null)
{
    /// <summary>The snapshot of a run.</summary>
    public static RunSnapshot Of(RunState run, PastRuns history)
    {
        var events = run.ToEvents().ToList();
        return new RunSnapshot([.. events.Select(RunEventTable.NameOf)], [.. events.Select(RunEventTable.Write)], [.. history.Runs]);
    }

    /// <summary>The run; null when there was none.</summary>
    public RunState? Restore() => Names.Zip(Events, RunEventTable.Read).Aggregate((RunState?)null, RunState.Apply);

    /// <summary>The runs before it.</summary>
    public PastRuns History() => new([.. Past ?? []]);
}
