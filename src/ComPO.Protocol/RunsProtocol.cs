using ComPO.Core.Digests;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>Asks which runs there have been. Answered by <see cref="RunList"/> or <see cref="RequestRefused"/>.</summary>
[MemoryPackable]
public sealed partial record GetRuns : IComPOMessage;

/// <summary>The runs that the journal remembers: so many only.</summary>
/// <param name="Runs">In the order in which they were started, the present or last one at the end.</param>
[MemoryPackable]
public sealed partial record RunList([property: AtMost(Limits.Runs)] RunSummary[] Runs) : IComPOMessage;

/// <summary>A run in short.</summary>
/// <param name="RunId">Its name.</param>
/// <param name="Phase">How it ended, or what it does.</param>
/// <param name="StartedUnixMilliseconds">When it was started.</param>
/// <param name="ElapsedSeconds">How long it took, or has taken.</param>
/// <param name="Committed">Iterations in its log.</param>
/// <param name="Iterations">Iterations asked for.</param>
/// <param name="Accepted">Updates that were applied.</param>
/// <param name="HeadDigest">The head after them; null before the model was opened.</param>
/// <param name="Output">The run folder, on the node that led it.</param>
/// <param name="ModelFolder">The trained model, on the trainer that wrote it; null when there is none.</param>
/// <param name="Failure">Why it failed; else null.</param>
[MemoryPackable]
public sealed partial record RunSummary(
    [property: AtMost(Limits.Name)] string RunId,
    RunPhase Phase,
    long StartedUnixMilliseconds,
    double ElapsedSeconds,
    int Committed,
    int Iterations,
    int Accepted,
    Digest? HeadDigest,
    [property: AtMost(Limits.Path)] string Output,
    [property: AtMost(Limits.Path)] string? ModelFolder,
    [property: AtMost(Limits.Sentence)] string? Failure);

/// <summary>Asks for lines of a run's log. Answered by <see cref="LogPage"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="RunId">The run; null for the present or last one.</param>
/// <param name="AfterIteration">The last iteration that the asker has; −1 for none.</param>
[MemoryPackable]
public sealed partial record GetLog([property: AtMost(Limits.Name)] string? RunId, int AfterIteration) : IComPOMessage;

/// <summary>The next lines of a run's log.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Lines">A line an iteration, as the log has it.</param>
/// <param name="Committed">Iterations in the log.</param>
/// <param name="HasEnded">Whether no more will come.</param>
[MemoryPackable]
public sealed partial record LogPage(
    [property: AtMost(Limits.Name)] string RunId,
    [property: AtMost(Limits.LogLines, EachCount = Limits.LogLine)] string[] Lines,
    int Committed,
    bool HasEnded) : IComPOMessage;
