using ComPO.Core.Digests;
using MemoryPack;

namespace ComPO.Protocol;

/// <summary>Asks how the present or last run is doing. Answered by <see cref="TrainingStatus"/>.</summary>
[MemoryPackable]
public sealed partial record GetStatus : IComPOMessage;

/// <summary>What a run is doing.</summary>
public enum RunPhase
{
    /// <summary>No run has been started.</summary>
    Idle,

    /// <summary>Trainers load the model.</summary>
    Starting,

    /// <summary>No trainer is ready to go on with; the run goes on when one is.</summary>
    Waiting,

    /// <summary>A trainer looks for the next noisy pair.</summary>
    Selecting,

    /// <summary>Trainers fetch the pair's features and compute its base logits.</summary>
    Preparing,

    /// <summary>Perturbations are probed.</summary>
    Probing,

    /// <summary>Outcomes become a sparse update.</summary>
    Aggregating,

    /// <summary>The update is applied to every head.</summary>
    Updating,

    /// <summary>The held-out pairs are scored.</summary>
    Evaluating,

    /// <summary>A model folder is written.</summary>
    Exporting,

    /// <summary>Ended: all iterations done.</summary>
    Completed,

    /// <summary>Ended: no noisy pair was left; what was committed is kept and exported.</summary>
    Exhausted,

    /// <summary>Ended on request; what was committed is kept and exported.</summary>
    Stopped,

    /// <summary>Ended by a fault; the log holds what was committed.</summary>
    Failed,

    /// <summary>Nothing is begun until the run is resumed or stopped.</summary>
    Paused,
}

/// <summary>How the present or last run is doing.</summary>
/// <param name="RunId">The run; null when none has been started.</param>
/// <param name="Phase">What it is doing, or how it ended.</param>
/// <param name="Iteration">The 0-based iteration under way, or the number of iterations done when ended.</param>
/// <param name="Iterations">Iterations asked for.</param>
/// <param name="Committed">Iterations in the log.</param>
/// <param name="PerturbationsDone">Outcomes of this iteration that are in.</param>
/// <param name="Perturbations">Perturbations per iteration.</param>
/// <param name="Improved">Of those outcomes, the improved ones.</param>
/// <param name="Predicted">The probability of improvement that the closed form predicts for this pair; null before it is known.</param>
/// <param name="Pair">The row of the pair under way; null before it is selected.</param>
/// <param name="Accepted">Updates applied so far.</param>
/// <param name="NotAccepted">Updates that passed the gate and failed the acceptance check.</param>
/// <param name="GateRefused">Iterations that the gate refused.</param>
/// <param name="ChosenLogProbability">logp⁺ of the last pair after its iteration; null before the first.</param>
/// <param name="RejectedLogProbability">logp⁻ of the last pair after its iteration; null before the first.</param>
/// <param name="BlocksPerSecond">Blocks answered per second in this iteration, over the whole cluster.</param>
/// <param name="StartedUnixMilliseconds">When the run was started; 0 when none has been.</param>
/// <param name="ElapsedSeconds">How long it has been running, or ran.</param>
/// <param name="RemainingSeconds">Estimated time to the end; null before the first iteration is done.</param>
/// <param name="HeadDigest">The head after the last committed iteration; null before the model is loaded.</param>
/// <param name="Output">The run folder, on the supervisor's node.</param>
/// <param name="ModelFolder">The trained model's folder once it is written.</param>
/// <param name="SurvivingShare">The share of changed head entries that still differ after a cast to the base's type; null before the export.</param>
/// <param name="Failure">Why the run failed, in one sentence; null unless it did.</param>
/// <param name="ExitCode">The exit code of a command that waits for the run: 0 unless it failed.</param>
/// <param name="Skipped">Rows skipped while selecting, by reason.</param>
/// <param name="Nodes">The trainers that have joined.</param>
/// <param name="Supervisor">The address of the node that leads.</param>
/// <param name="Gate">λ: the share of improved perturbations that an update needs more than; null when no run has been started.</param>
/// <param name="LastEvent">The time of the last event that the supervisor remembers (<see cref="GetEvents"/>); 0 when there is none.</param>
/// <param name="Paused">Why the run is paused, or is being paused, in one sentence; null when it is not.</param>
/// <param name="PausedByFault">Whether it is paused because of a fault that an operator can mend, not on request.</param>
/// <param name="Received">What all trainers, also those that are gone, have fetched since the run began or this supervisor took it over; null before a run.</param>
[MemoryPackable]
public sealed partial record TrainingStatus(
    [property: AtMost(Limits.Name)] string? RunId,
    RunPhase Phase,
    int Iteration,
    int Iterations,
    int Committed,
    int PerturbationsDone,
    int Perturbations,
    int Improved,
    double? Predicted,
    int? Pair,
    int Accepted,
    int NotAccepted,
    int GateRefused,
    double? ChosenLogProbability,
    double? RejectedLogProbability,
    double BlocksPerSecond,
    long StartedUnixMilliseconds,
    double ElapsedSeconds,
    double? RemainingSeconds,
    Digest? HeadDigest,
    [property: AtMost(Limits.Path)] string? Output,
    [property: AtMost(Limits.Path)] string? ModelFolder,
    double? SurvivingShare,
    [property: AtMost(Limits.Sentence)] string? Failure,
    int ExitCode,
    [property: AtMost(Limits.SkipReasons)] SkippedCount[] Skipped,
    [property: AtMost(Limits.Nodes)] NodeStatus[] Nodes,
    [property: AtMost(Limits.Path)] string Supervisor,
    double? Gate = null,
    long LastEvent = 0,
    [property: AtMost(Limits.Sentence)] string? Paused = null,
    bool PausedByFault = false,
    ReceivedBlobs? Received = null) : IComPOMessage
{
    /// <summary>Whether the run has ended, one way or another.</summary>
    [MemoryPackIgnore]
    public bool HasEnded => Phase is RunPhase.Completed or RunPhase.Exhausted or RunPhase.Stopped or RunPhase.Failed;
}

/// <summary>
/// Asks for the log of a run from some iteration on. The asker keeps its place, so that it can go on asking after the
/// supervisor has moved. Answered by <see cref="TrainingProgress"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="RunId">The run; null for the present or last one.</param>
/// <param name="AfterIteration">The last iteration the asker has; −1 for none.</param>
[MemoryPackable]
public sealed partial record GetProgress([property: AtMost(Limits.Name)] string? RunId, int AfterIteration) : IComPOMessage;

/// <summary>The next lines of a run's log.</summary>
/// <param name="Lines">Iteration records as the log has them, JSON, in order; at most <see cref="Limits.LogLines"/>.</param>
/// <param name="HasMore">Whether there are more to ask for at once.</param>
/// <param name="Status">How the run is doing.</param>
[MemoryPackable]
public sealed partial record TrainingProgress(
    [property: AtMost(Limits.LogLines, EachCount = Limits.LogLine)] string[] Lines,
    bool HasMore,
    TrainingStatus Status) : IComPOMessage;

/// <summary>
/// Asks for what a run's folder holds besides the iterations. Answered by <see cref="RunLogHead"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="RunId">The run; null for the present or last one.</param>
/// <param name="AfterEvaluation">How many evaluations the asker has.</param>
[MemoryPackable]
public sealed partial record GetRunLogHead([property: AtMost(Limits.Name)] string? RunId, int AfterEvaluation) : IComPOMessage;

/// <summary>The beginning of a run's log, and the next of its evaluations.</summary>
/// <param name="HeaderLine">The first line of the log, JSON.</param>
/// <param name="Evaluations">Lines of the evaluations on held-out pairs, JSON, in order; at most <see cref="Limits.Evaluations"/>.</param>
/// <param name="HasMore">Whether there are more to ask for at once.</param>
[MemoryPackable]
public sealed partial record RunLogHead(
    [property: AtMost(Limits.LogLine)] string HeaderLine,
    [property: AtMost(Limits.Evaluations, EachCount = Limits.Sentence)] string[] Evaluations,
    bool HasMore) : IComPOMessage;
