using MemoryPack;

namespace ComPO.Protocol;

/// <summary>
/// Pauses a run: blocks that are in flight are finished and kept, then nothing more is begun until it is resumed or stopped, whichever node leads.
/// Answered by <see cref="TrainingPausing"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="RunId">The run; null for the active one.</param>
[MemoryPackable]
public sealed partial record PauseTraining([property: AtMost(Limits.Name)] string? RunId) : IComPOMessage;

/// <summary>The run begins nothing more; its status is <see cref="RunPhase.Paused"/> once nothing is in flight.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Committed">Iterations in the log.</param>
/// <param name="AlreadyPaused">Whether it had been paused before.</param>
[MemoryPackable]
public sealed partial record TrainingPausing([property: AtMost(Limits.Name)] string RunId, int Committed, bool AlreadyPaused) : IComPOMessage;

/// <summary>
/// Goes on with a paused run, once its folder can be written. Answered by <see cref="TrainingResumed"/> or <see cref="RequestRefused"/>, after which
/// the run is still paused.
/// </summary>
/// <param name="RunId">The run; null for the active one.</param>
[MemoryPackable]
public sealed partial record ResumeTraining([property: AtMost(Limits.Name)] string? RunId) : IComPOMessage;

/// <summary>The run goes on where it was.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Committed">Iterations in the log.</param>
[MemoryPackable]
public sealed partial record TrainingResumed([property: AtMost(Limits.Name)] string RunId, int Committed) : IComPOMessage;

/// <summary>
/// Stops a run: the iteration under way is abandoned, what is committed is exported. Answered by
/// <see cref="TrainingStopping"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="RunId">The run; null for the active one.</param>
[MemoryPackable]
public sealed partial record StopTraining([property: AtMost(Limits.Name)] string? RunId) : IComPOMessage;

/// <summary>The run is being stopped.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Committed">Iterations that are kept.</param>
[MemoryPackable]
public sealed partial record TrainingStopping([property: AtMost(Limits.Name)] string RunId, int Committed) : IComPOMessage;
