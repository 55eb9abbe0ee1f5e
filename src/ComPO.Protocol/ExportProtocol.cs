using ComPO.Core.Digests;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>
/// Has a trainer write a run's head as it was after some iterations, without disturbing a run. Takes long, so it is asked again until it is done:
/// the same export is done once. Answered by <see cref="ExportProgress"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Export">A name that the asker makes up, the same each time it asks.</param>
/// <param name="RunId">The run; null for the present or last one.</param>
/// <param name="Iteration">After how many committed iterations, 0 for the base; null for all.</param>
/// <param name="Output">The folder to make, on the trainer.</param>
/// <param name="HeadOnly">Whether to write the head alone instead of the whole model.</param>
[MemoryPackable]
public sealed partial record ExportRun(
    [property: AtMost(Limits.Name)] string Export,
    [property: AtMost(Limits.Name)] string? RunId,
    int? Iteration,
    [property: AtMost(Limits.Path)] string Output,
    bool HeadOnly) : IComPOMessage;

/// <summary>How an export is doing.</summary>
/// <param name="Export">Its name.</param>
/// <param name="Model">What was written; null while it is being written.</param>
[MemoryPackable]
public sealed partial record ExportProgress([property: AtMost(Limits.Name)] string Export, ExportResult? Model) : IComPOMessage;

/// <summary>A head of a run as it was written.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Iteration">After how many committed iterations.</param>
/// <param name="HeadDigest">The head, as the run's log has it.</param>
/// <param name="Path">The Hugging Face folder, or the file of the head alone, as a full path.</param>
/// <param name="Trainer">The address of the node on which it is.</param>
/// <param name="HeadOnly">Whether it is the head alone.</param>
/// <param name="SurvivingShare">The share of changed entries that still differ from the base after a cast to its type.</param>
[MemoryPackable]
public sealed partial record ExportResult(
    [property: AtMost(Limits.Name)] string RunId,
    int Iteration,
    Digest HeadDigest,
    [property: AtMost(Limits.Path)] string Path,
    [property: AtMost(Limits.Path)] string Trainer,
    bool HeadOnly,
    double SurvivingShare);

/// <summary>
/// Writes a head of a run, which may be over or go on meanwhile: as the node holds it, or rebuilt from the log and the features. Answered by
/// <see cref="IterationExported"/>.
/// </summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Export">The name of the export: what was written under it is not written again.</param>
/// <param name="SettingsJson">The run's settings.</param>
/// <param name="Iteration">After how many committed iterations.</param>
/// <param name="BaseDigest">The head that the run began with.</param>
/// <param name="HeadDigest">The head that is wanted.</param>
/// <param name="LogDigest">The log up to there: its header, and a line an iteration.</param>
/// <param name="Holders">Addresses of nodes that may hold the log and the features.</param>
/// <param name="Output">The folder to make.</param>
/// <param name="HeadOnly">Whether to write the head alone.</param>
[MemoryPackable]
public sealed partial record ExportIteration(
    long Request,
    [property: AtMost(Limits.Name)] string Export,
    [property: AtMost(Limits.SettingsJson)] string SettingsJson,
    int Iteration,
    Digest BaseDigest,
    Digest HeadDigest,
    Digest LogDigest,
    [property: AtMost(Limits.Nodes, EachCount = Limits.Path)] string[] Holders,
    [property: AtMost(Limits.Path)] string Output,
    bool HeadOnly) : INodeRequest;

/// <summary>The head is written.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Path">The folder, or the file of the head alone, as a full path.</param>
/// <param name="SurvivingShare">The share of changed entries that still differ from the base after a cast to its type.</param>
[MemoryPackable]
public sealed partial record IterationExported(long Request, [property: AtMost(Limits.Path)] string Path, double SurvivingShare) : INodeReply;

/// <summary>Writes the model with its present head as a Hugging Face folder. Answered by <see cref="ModelExported"/>.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Folder">The folder to write.</param>
[MemoryPackable]
public sealed partial record ExportModel(long Request, [property: AtMost(Limits.Path)] string Folder) : INodeRequest;

/// <summary>The folder is written.</summary>
/// <param name="Request">The number of the request.</param>
/// <param name="Folder">The folder.</param>
/// <param name="SurvivingShare">The share of changed entries that still differ from the base after a cast to its type.</param>
[MemoryPackable]
public sealed partial record ModelExported(
    long Request,
    [property: AtMost(Limits.Path)] string Folder,
    double SurvivingShare) : INodeReply;
