using System.Collections.Frozen;
using System.Runtime.Serialization;
using ComPO.Cluster.Runs;
using MemoryPack;

namespace ComPO.Cluster.Persistence;

/// <summary>The table of everything that may stand in the journal: each event type with the name it is written under. A name is never given to another type.</summary>
internal static class RunEventTable
{
    private static readonly Entry[] Entries =
    [
        Of<RunStarted>("run.started"), Of<ModelOpened>("run.opened"), Of<PairTaken>("run.chosen"), Of<RowsSkipped>("run.skipped"),
        Of<OutcomesReported>("run.outcomes"), Of<IterationCommitted>("run.committed"), Of<PairsScored>("run.scored"),
        Of<HeadRetained>("run.head-parts"), Of<CheckpointWritten>("run.checkpoint"), Of<DataExhausted>("run.exhausted"),
        Of<RunPaused>("run.paused"), Of<RunResumed>("run.resumed"), Of<StopRequested>("run.stop"), Of<ModelWritten>("run.exported"), Of<RunEnded>("run.ended"),
    ];

    private static readonly FrozenDictionary<Type, Entry> ByType = Entries.ToFrozenDictionary(entry => entry.Type);
    private static readonly FrozenDictionary<string, Entry> ByName = Entries.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);

    /// <summary>The event types that have a name.</summary>
    public static IEnumerable<Type> Types => ByType.Keys;

    /// <summary>The name of an event's type.</summary>
    public static string NameOf(RunEvent happened) => ByType[happened.GetType()].Name;

    /// <summary>An event's bytes.</summary>
    public static byte[] Write(RunEvent happened) => ByType[happened.GetType()].Write(happened);

    /// <summary>The event of a name and bytes.</summary>
    /// <exception cref="SerializationException">The name is unknown, or the bytes are not such an event.</exception>
    public static RunEvent Read(string name, byte[] bytes)
    {
        if (!ByName.TryGetValue(name, out var entry))
            throw new SerializationException($"The journal holds an event '{name}' that this version does not know; start the version that wrote it.");
        try
        {
            return entry.Read(bytes) ?? throw new SerializationException($"The journal holds an empty event {name}.");
        }
        catch (MemoryPackSerializationException exception)
        {
            throw new SerializationException($"The journal holds a damaged event {name} of {bytes.Length} bytes.", exception);
        }
    }

    private static Entry Of<T>(string name)
        where T : RunEvent => new(
            typeof(T), name, happened => MemoryPackSerializer.Serialize((T)happened), bytes => MemoryPackSerializer.Deserialize<T>(bytes));

    private sealed record Entry(Type Type, string Name, Func<RunEvent, byte[]> Write, Func<byte[], RunEvent?> Read);
}
