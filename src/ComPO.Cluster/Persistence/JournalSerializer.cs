using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using ComPO.Cluster.Runs;
using MemoryPack;

namespace ComPO.Cluster.Persistence;

/// <summary>Writes and reads what stands in the journal, and refuses anything else.</summary>
internal sealed class JournalSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string SnapshotName = "run.snapshot";

    /// <inheritdoc/>
    public override int Identifier => 7311;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        RunEvent happened => RunEventTable.NameOf(happened),
        RunSnapshot => SnapshotName,
        _ => throw new SerializationException($"{o.GetType()} does not belong into the journal."),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        RunEvent happened => RunEventTable.Write(happened),
        RunSnapshot snapshot => MemoryPackSerializer.Serialize(snapshot),
        _ => throw new SerializationException($"{obj.GetType()} does not belong into the journal."),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest == SnapshotName
        ? MemoryPackSerializer.Deserialize<RunSnapshot>(bytes) ?? throw new SerializationException("The journal holds an empty snapshot.")
        : RunEventTable.Read(manifest, bytes);
}
