using ComPO.Core.Heads;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>Asks what a run would do (<c>start --dry-run</c>). Answered by <see cref="TrainingPlan"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="SettingsJson">The run's settings in their canonical JSON.</param>
[MemoryPackable]
public sealed partial record PlanTraining([property: AtMost(Limits.SettingsJson)] string SettingsJson) : IComPOMessage;

/// <summary>What a run would do.</summary>
/// <param name="PairsFound">Noisy pairs found, at most as many as there are iterations.</param>
/// <param name="RowsScanned">Rows of the data read to find them.</param>
/// <param name="Skipped">Rows that cannot be used, by reason.</param>
/// <param name="Iterations">Iterations that would run.</param>
/// <param name="Perturbations">Perturbations per iteration.</param>
/// <param name="VocabularySize">V of the head.</param>
/// <param name="HiddenSize">d of the head.</param>
/// <param name="MemoryBytesPerNode">Memory a trainer needs.</param>
/// <param name="DiskBytes">Disk the run folder needs: features, log, checkpoints and the trained model.</param>
/// <param name="EstimatedSeconds">Estimated duration, from probes of the first pair found on one node; null when there was none.</param>
/// <param name="Nodes">The trainers that would take part.</param>
[MemoryPackable]
public sealed partial record TrainingPlan(
    int PairsFound,
    int RowsScanned,
    [property: AtMost(Limits.SkipReasons)] SkippedCount[] Skipped,
    int Iterations,
    int Perturbations,
    int VocabularySize,
    int HiddenSize,
    long MemoryBytesPerNode,
    long DiskBytes,
    double? EstimatedSeconds,
    [property: AtMost(Limits.Nodes)] NodeStatus[] Nodes) : IComPOMessage;

/// <summary>Says what a run would do, without doing it. Answered by <see cref="RunPlanned"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="SettingsJson">The run's settings.</param>
[MemoryPackable]
public sealed partial record PlanRun(long Request, [property: AtMost(Limits.SettingsJson)] string SettingsJson) : INodeRequest;

/// <summary>What a run would do, as one node sees it.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="PairsFound">Noisy pairs found, at most as many as there are iterations.</param>
/// <param name="RowsScanned">Rows read to find them.</param>
/// <param name="Skipped">Rows that cannot be used, by reason.</param>
/// <param name="Head">V and d.</param>
/// <param name="MemoryBytes">What a node needs.</param>
/// <param name="FeatureBytes">Features of the first pair found, as stored; 0 when none was.</param>
/// <param name="ModelBytes">The model's folder, as stored.</param>
/// <param name="SecondsPerPerturbation">Time of one probe of the first pair on all devices of this node; null when none was found.</param>
[MemoryPackable]
public sealed partial record RunPlanned(
    long Request,
    int PairsFound,
    int RowsScanned,
    [property: AtMost(Limits.SkipReasons)] SkippedCount[] Skipped,
    HeadShape Head,
    long MemoryBytes,
    long FeatureBytes,
    long ModelBytes,
    double? SecondsPerPerturbation) : INodeReply;
