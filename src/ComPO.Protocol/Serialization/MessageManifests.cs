using System.Collections.Frozen;
using MemoryPack;

namespace ComPO.Protocol.Serialization;

/// <summary>
/// The table of everything that may cross the wire: each message type with the short name it travels under. A name is never
/// given to another type.
/// </summary>
internal static class MessageManifests
{
    /// <summary>What the names of messages between console and node begin with.</summary>
    public const string ConsolePrefix = "admin.";

    private static readonly Entry[] Entries =
    [
        Of<StartTraining>("admin.start"), Of<TrainingStarted>("admin.started"),
        Of<PlanTraining>("admin.plan"), Of<TrainingPlan>("admin.planned"),
        Of<GetStatus>("admin.status?"), Of<TrainingStatus>("admin.status"),
        Of<GetProgress>("admin.progress?"), Of<TrainingProgress>("admin.progress"),
        Of<GetRunLogHead>("admin.log-head?"), Of<RunLogHead>("admin.log-head"),
        Of<PauseTraining>("admin.pause"), Of<TrainingPausing>("admin.pausing"),
        Of<ResumeTraining>("admin.resume"), Of<TrainingResumed>("admin.resumed"),
        Of<StopTraining>("admin.stop"), Of<TrainingStopping>("admin.stopping"),
        Of<ExportRun>("admin.export"), Of<ExportProgress>("admin.exported"),
        Of<GetEvents>("admin.events?"), Of<RecentEvents>("admin.events"),
        Of<GetRuns>("admin.runs?"), Of<RunList>("admin.runs"),
        Of<GetLog>("admin.log?"), Of<LogPage>("admin.log"),
        Of<GetMembers>("admin.members?"), Of<ClusterMembers>("admin.members"),
        Of<ChangeMembership>("admin.membership"), Of<MembershipChanging>("admin.membership.changing"),
        Of<GetActors>("admin.actors?"), Of<ActorHierarchy>("admin.actors"),
        Of<GetTail>("admin.tail?"), Of<TailLines>("admin.tail"),
        Of<RequestRefused>("admin.refused"),

        Of<RegisterNode>("node.register"), Of<NodeRegistered>("node.registered"), Of<UnregisterNode>("node.unregister"), Of<NodeFailed>("node.failed"),
        Of<LoadModel>("node.load"), Of<ModelLoaded>("node.loaded"),
        Of<ReleaseModel>("node.release"), Of<ModelReleased>("node.released"),
        Of<PlanRun>("node.plan"), Of<RunPlanned>("node.planned"),
        Of<SelectPair>("node.select"), Of<PairSelected>("node.selected"), Of<NoPairLeft>("node.exhausted"),
        Of<ScanRows>("node.scan"), Of<RowsScanned>("node.scanned"),
        Of<PreparePair>("node.prepare"), Of<PairPrepared>("node.prepared"),
        Of<StartProbing>("node.probe"), Of<ProbingStarted>("node.probing"),
        Of<StopProbing>("node.halt"), Of<ProbingStopped>("node.halted"),
        Of<TallyRows>("node.tally"), Of<RowsTallied>("node.tallied"),
        Of<CountLowDigits>("node.count"), Of<DigitsCounted>("node.counted"),
        Of<EmitRows>("node.emit"), Of<RowsEmitted>("node.emitted"),
        Of<CheckUpdate>("node.check"), Of<UpdateChecked>("node.checked"),
        Of<ApplyUpdate>("node.apply"), Of<UpdateApplied>("node.applied"),
        Of<KeepHead>("node.keep"), Of<HeadKept>("node.kept"),
        Of<TakeHead>("node.take"), Of<HeadTaken>("node.taken"),
        Of<EvaluatePairs>("node.evaluate"), Of<PairsEvaluated>("node.evaluated"),
        Of<ExportModel>("node.export"), Of<ModelExported>("node.exported"),
        Of<ExportIteration>("node.export-iteration"), Of<IterationExported>("node.iteration-exported"),

        Of<RequestBlock>("probe.request"), Of<ProbeBlock>("probe.block"), Of<NoBlockNow>("probe.later"), Of<ProbingOver>("probe.over"),
        Of<BlockProbed>("probe.done"), Of<BlockFailed>("probe.failed"), Of<BlockAccepted>("probe.accepted"),

        Of<FetchChunk>("blob.fetch"), Of<BlobChunk>("blob.chunk"), Of<BlobUnknown>("blob.unknown"),
    ];

    /// <summary>The table by message type.</summary>
    public static FrozenDictionary<Type, Entry> ByType { get; } = Entries.ToFrozenDictionary(entry => entry.Type);

    /// <summary>The table by name.</summary>
    public static FrozenDictionary<string, Entry> ByName { get; } = Entries.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);

    private static Entry Of<T>(string name)
        where T : class, IComPOMessage => new(typeof(T), name, Write<T>, Read<T>, MessageGuard.For(typeof(T)));

    private static byte[] Write<T>(IComPOMessage message) => MemoryPackSerializer.Serialize((T)message);

    private static (object? Message, int Consumed) Read<T>(ReadOnlySpan<byte> bytes)
    {
        T? message = default;
        var consumed = MemoryPackSerializer.Deserialize(bytes, ref message);
        return (message, consumed);
    }

    /// <summary>Reads one type; the length of what it read comes with it.</summary>
    internal delegate (object? Message, int Consumed) Reader(ReadOnlySpan<byte> bytes);

    /// <summary>A row of the table.</summary>
    internal sealed record Entry(Type Type, string Name, Func<IComPOMessage, byte[]> Write, Reader Read, MessageGuard Guard);
}
