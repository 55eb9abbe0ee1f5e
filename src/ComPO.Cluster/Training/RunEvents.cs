using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>Something that happened to a run and stays so.</summary>
internal abstract record RunEvent;

/// <summary>A run was accepted.</summary>
internal sealed record RunStarted(string RunId, string SettingsJson, RunSettings Settings, string Output, DateTimeOffset At) : RunEvent;

/// <summary>All trainers hold the same model.</summary>
internal sealed record ModelOpened(Digest BaseDigest) : RunEvent;

/// <summary>Rows were looked at; so many have been left out by now.</summary>
internal sealed record RowsSkipped(IReadOnlyList<SkippedRows> Skipped) : RunEvent;

/// <summary>How an iteration ended.</summary>
internal enum IterationVerdict
{
    /// <summary>The update was applied.</summary>
    Accepted,

    /// <summary>The update passed the gate and was not an improvement at the acceptance step.</summary>
    NotAccepted,

    /// <summary>Too few perturbations improved.</summary>
    GateRefused,
}

/// <summary>An iteration is in the log and in every head.</summary>
internal sealed record IterationCommitted(
    int Iteration, int Row, IterationVerdict Verdict, Digest HeadDigest, PairLogProbabilities After, string Line) : RunEvent;

/// <summary>The trained model is written.</summary>
internal sealed record ModelWritten(string Folder, double SurvivingShare) : RunEvent;

/// <summary>The run is over.</summary>
internal sealed record RunEnded(RunPhase Outcome, string? Failure, int ExitCode, TimeSpan Elapsed) : RunEvent;
