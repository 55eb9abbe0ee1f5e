using ComPO.Cluster.Training;
using MemoryPack;

namespace ComPO.Cluster.Persistence;

/// <summary>A run as the events that make it up, so that the journal behind them can go.</summary>
/// <param name="Names">The name of each event's type.</param>
/// <param name="Events">Each event's bytes.</param>
[MemoryPackable]
internal sealed partial record RunSnapshot(string[] Names, byte[][] Events)
{
    /// <summary>The snapshot of a run.</summary>
    public static RunSnapshot Of(RunState run)
    {
        var events = run.ToEvents().ToList();
        return new RunSnapshot([.. events.Select(RunEventTable.NameOf)], [.. events.Select(RunEventTable.Write)]);
    }

    /// <summary>The run; null when there was none.</summary>
    public RunState? Restore() => Names.Zip(Events, RunEventTable.Read).Aggregate((RunState?)null, RunState.Apply);
}
