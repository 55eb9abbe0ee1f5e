using MemoryPack;

namespace ComPO.Protocol;

/// <summary>Starts a run. Answered by <see cref="TrainingStarted"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="RunId">The run's name; asking again with the same name and settings is harmless.</param>
/// <param name="SettingsJson">The run's settings in their canonical JSON.</param>
[MemoryPackable]
public sealed partial record StartTraining(
    [property: AtMost(Limits.Name)] string RunId,
    [property: AtMost(Limits.SettingsJson)] string SettingsJson) : IComPOMessage;

/// <summary>
/// The run is under way; its model is being loaded. Whether the model and the data can be used shows in
/// <see cref="TrainingStatus"/> once its first pair is selected.
/// </summary>
/// <param name="RunId">The run's name.</param>
/// <param name="AlreadyKnown">Whether this run with these settings had been started before.</param>
/// <param name="Output">The run folder, on the supervisor's node.</param>
[MemoryPackable]
public sealed partial record TrainingStarted(
    [property: AtMost(Limits.Name)] string RunId,
    bool AlreadyKnown,
    [property: AtMost(Limits.Path)] string Output) : IComPOMessage;

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
