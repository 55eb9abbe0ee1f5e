using ComPO.Core.Digests;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;
using MemoryPack;

namespace ComPO.Cluster.Runs;

/// <summary>Something that happened to a run and stays so: an entry of the supervisor's journal. None holds a tensor.</summary>
internal abstract record RunEvent;

/// <summary>A run was accepted.</summary>
/// <param name="RunId">Its name.</param>
/// <param name="SettingsJson">Its settings in their canonical JSON.</param>
/// <param name="Output">The run folder, a full path.</param>
/// <param name="UnixMilliseconds">When.</param>
[MemoryPackable]
internal sealed partial record RunStarted(string RunId, string SettingsJson, string Output, long UnixMilliseconds) : RunEvent;

/// <summary>A trainer has opened the model; every other must hold the same.</summary>
/// <param name="BaseDigest">The head of the base model.</param>
/// <param name="Head">V and d.</param>
/// <param name="ComputeClass">The kind of arithmetic that answers.</param>
/// <param name="HeaderLine">The first line of the log.</param>
[MemoryPackable]
internal sealed partial record ModelOpened(Digest BaseDigest, HeadShape Head, string ComputeClass, string HeaderLine) : RunEvent;

/// <summary>An iteration has its pair.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Row">The pair's row.</param>
/// <param name="FeatureDigest">The name of its features.</param>
/// <param name="Dimension">k of the perturbation space.</param>
/// <param name="Skipped">How many rows have been left out by now.</param>
/// <param name="SkippedRows">Those that come to the list; null in a journal of a version that did not list them.</param>
[MemoryPackable]
internal sealed partial record PairTaken(
    int Iteration, int Row, Digest FeatureDigest, int Dimension, SkippedCount[] Skipped, SkippedRow[]? SkippedRows = null) : RunEvent;

/// <summary>So many rows have been left out by now, and these are listed.</summary>
[MemoryPackable]
internal sealed partial record RowsSkipped(SkippedCount[] Skipped, SkippedRow[]? SkippedRows = null) : RunEvent;

/// <summary>The whole data holds no noisy pair.</summary>
[MemoryPackable]
internal sealed partial record DataExhausted(SkippedCount[] Skipped, SkippedRow[]? SkippedRows = null) : RunEvent;

/// <summary>Some perturbations of the iteration under way have been answered.</summary>
[MemoryPackable]
internal sealed partial record OutcomesReported(int Iteration, ReportedBlock[] Blocks) : RunEvent;

/// <summary>An iteration is decided. Every head takes its update from here on, if it was accepted.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Row">Its pair's row.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="UpdateDigest">The update; null unless it was accepted.</param>
/// <param name="HeadDigest">The head after it.</param>
/// <param name="After">The pair's log-probabilities after it.</param>
/// <param name="Line">The line of the log, with the outcomes and the scale.</param>
[MemoryPackable]
internal sealed partial record IterationCommitted(
    int Iteration, int Row, IterationVerdict Verdict, Digest? UpdateDigest, Digest HeadDigest, PairLogProbabilities After, string Line) : RunEvent;

/// <summary>The held-out pairs were scored after so many iterations.</summary>
[MemoryPackable]
internal sealed partial record PairsScored(int Committed, int Pairs, double Chosen, double Rejected, double Accuracy) : RunEvent;

/// <summary>Trainers keep the head after so many iterations for others to take.</summary>
/// <param name="Committed">How many.</param>
/// <param name="HeadDigest">The head.</param>
/// <param name="Parts">The names of its parts, in order.</param>
[MemoryPackable]
internal sealed partial record HeadRetained(int Committed, Digest HeadDigest, Digest[] Parts) : RunEvent;

/// <summary>A model is written on the way.</summary>
[MemoryPackable]
internal sealed partial record CheckpointWritten(int Committed) : RunEvent;

/// <summary>The run begins nothing more.</summary>
/// <param name="Sentence">Why.</param>
/// <param name="IsFault">Whether because of a fault that an operator can mend, not on request.</param>
/// <param name="UnixMilliseconds">When.</param>
[MemoryPackable]
internal sealed partial record RunPaused(string Sentence, bool IsFault, long UnixMilliseconds) : RunEvent;

/// <summary>The run goes on.</summary>
/// <param name="PausedMilliseconds">How long it was paused.</param>
[MemoryPackable]
internal sealed partial record RunResumed(long PausedMilliseconds) : RunEvent;

/// <summary>A console asked the run to stop.</summary>
[MemoryPackable]
internal sealed partial record StopRequested : RunEvent;

/// <summary>The trained model is written.</summary>
[MemoryPackable]
internal sealed partial record ModelWritten(string Folder, double SurvivingShare) : RunEvent;

/// <summary>The run is over.</summary>
[MemoryPackable]
internal sealed partial record RunEnded(RunPhase Outcome, string? Failure, int ExitCode, double ElapsedSeconds) : RunEvent;
