using ComPO.Cluster.Runs;
using ComPO.Cluster.Trainers;
using ComPO.Core.Runs;
using ComPO.Core.Telemetry;
using ComPO.Protocol;

namespace ComPO.Cluster.Training;

/// <summary>What the supervisor tells whoever measures. Nothing is decided by it.</summary>
internal static class RunTelemetry
{
    private static readonly TrainerState[] States = Enum.GetValues<TrainerState>();

    /// <summary>How things stand; told again and again.</summary>
    public static void Stands(RunState? run, IReadOnlyCollection<TrainerRoster.Member> trainers)
    {
        if (!Instruments.SupervisorActive.Enabled)
            return;
        Instruments.SupervisorActive.Record(1);
        foreach (var state in States)
            Instruments.Trainers.Record(trainers.Count(member => member.Trainer.Node.State == state), Tag("state", state));
        Instruments.RunActive.Record(run is { IsActive: true } ? 1 : 0);
        IsPaused(run is { IsActive: true } ? run.Pause : null);
        Instruments.RunCommitted.Record(run?.Committed ?? 0);
        Instruments.RunPlanned.Record(run?.Settings.Iterations ?? 0);
    }

    /// <summary>This node holds the supervisor no longer.</summary>
    public static void Leaves()
    {
        Instruments.SupervisorActive.Record(0);
        Instruments.RunActive.Record(0);
        IsPaused(null);
        foreach (var state in States)
            Instruments.Trainers.Record(0, Tag("state", state));
    }

    /// <summary>An iteration is in the journal.</summary>
    public static void Committed(IterationCommitted committed)
    {
        Instruments.Iterations.Add(1, Tag("verdict", committed.Verdict));
        if (!Instruments.ImprovedShare.Enabled)
            return;
        var record = IterationRecord.FromJson(committed.Line, $"iteration {committed.Iteration}");
        // What a refused gate left undone took no time and is no part.
        foreach (var (phase, seconds) in record.Seconds.Where(part => part.Value > 0))
            Instruments.PhaseSeconds.Record(seconds, new KeyValuePair<string, object?>("phase", phase));
        Instruments.PredictedShare.Record(record.Predicted);
        if (record.Improved is { } improved)
        {
            Instruments.ImprovedShare.Record(record.ImprovedShare!.Value);
            Instruments.Perturbations.Add(improved, new KeyValuePair<string, object?>("outcome", "improved"));
            Instruments.Perturbations.Add(record.Perturbations - improved, new KeyValuePair<string, object?>("outcome", "not_improved"));
        }
        if (record.Alignment is { } alignment)
            Instruments.Alignment.Record(alignment);
        Instruments.ChosenLogp.Record(record.After.Chosen);
        Instruments.RejectedLogp.Record(record.After.Rejected);
    }

    /// <summary>A run is over.</summary>
    public static void Ended(RunPhase outcome) => Instruments.RunsEnded.Add(1, Tag("outcome", outcome));

    private static void IsPaused(RunPaused? pause)
    {
        Instruments.RunPaused.Record(pause is { IsFault: false } ? 1 : 0, new KeyValuePair<string, object?>("cause", "operator"));
        Instruments.RunPaused.Record(pause is { IsFault: true } ? 1 : 0, new KeyValuePair<string, object?>("cause", "fault"));
    }

    private static KeyValuePair<string, object?> Tag<T>(string name, T value)
        where T : struct, Enum => new(name, Snake(value.ToString()));

    private static string Snake(string word) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(word);
}
