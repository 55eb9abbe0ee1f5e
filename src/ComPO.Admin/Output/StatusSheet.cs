using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>The status of a run, for people.</summary>
internal static class StatusSheet
{
    /// <summary>The facts of a status that matter in its phase.</summary>
    public static FactSheet Of(TrainingStatus status)
    {
        var sheet = new FactSheet();
        if (status.RunId is null)
            sheet.Add("run", "none has been started");
        else
            AddRun(sheet, status);
        sheet.Add("skipped", Skipped(status.Skipped));
        sheet.Add("supervisor", status.Supervisor);
        if (status.Nodes.Length == 0)
            sheet.Add("trainers", "none has joined");
        foreach (var node in status.Nodes)
            sheet.Add("trainer", Describe(node));
        return sheet;
    }

    /// <summary>Rows that were left out, by reason; null when there are none.</summary>
    public static string? Skipped(SkippedCount[] skipped) => skipped.Length == 0
        ? null
        : string.Join(", ", skipped.Select(rows => $"{Units.Count(rows.Rows, "row")} {rows.Reason}"));

    /// <summary>A trainer on one line.</summary>
    public static string Describe(NodeStatus node)
    {
        var devices = string.Join(" + ", node.Devices.Select(device => $"{device.Name} ({Units.Count(device.Threads, "thread")}, {Units.Bytes(device.MemoryBytes)})"));
        return $"{node.Address}  {devices}  {node.ComputeClass}{State(node)}";
    }

    /// <summary>What trainers have fetched, each in an iteration and all together; null when that is nothing, as on a single node.</summary>
    public static string? Traffic(TrainingStatus status)
    {
        if (status.Received is not { TotalBytes: > 0 } received)
            return null;
        var shares = Math.Max(1, status.Committed) * Math.Max(1L, status.Nodes.Length);
        return $"updates {Units.Bytes(received.UpdateBytes / shares)}, features {Units.Bytes(received.FeatureBytes / shares)} a trainer and iteration; "
            + $"heads {Units.Bytes(received.HeadBytes)}; {Units.Bytes(received.TotalBytes)} in all";
    }

    /// <summary>How much of the update would survive a cast to the base's number type; null before the model is written.</summary>
    public static string? Survives(TrainingStatus status) =>
        status.SurvivingShare is { } share ? $"{Units.Percent(share)} of the changed entries, in the base's number type" : null;

    // What is as it should be need not be said.
    private static string State(NodeStatus node) => node.State switch
    {
        TrainerState.CatchingUp => "  catching up",
        TrainerState.Refused => $"  refused: {node.Note}",
        TrainerState.Quarantined => $"  quarantined: {node.Note}",
        _ => "",
    };

    private static void AddRun(FactSheet sheet, TrainingStatus status)
    {
        sheet.Add("run", status.RunId)
            .Add("phase", RunPhrases.Phase(status.Phase))
            .Add("failure", status.Failure)
            .Add("paused", status.Paused)
            .Add("iterations", $"{status.Committed} of {status.Iterations} done")
            .Add("updates", status.Committed == 0
                ? null
                : $"{status.Accepted} accepted, {status.NotAccepted} not accepted, {status.GateRefused} refused by the gate");
        if (!status.HasEnded && status.Pair is { } pair)
        {
            sheet.Add("pair", $"row {pair}")
                .Add("perturbations", $"{status.PerturbationsDone} of {status.Perturbations}, {RunPhrases.Improved(status)}");
        }
        sheet.Add("last pair", status.ChosenLogProbability is null
                ? null
                : $"chosen {Units.LogProbability(status.ChosenLogProbability)}, rejected {Units.LogProbability(status.RejectedLogProbability)}")
            .Add("elapsed", Units.Duration(status.ElapsedSeconds))
            .Add("remaining", status.HasEnded || status.RemainingSeconds is not { } remaining ? null : "about " + Units.Duration(remaining))
            .Add("traffic", Traffic(status))
            .Add("head digest", status.HeadDigest?.ToString())
            .Add("run folder", status.Output)
            .Add("model", status.ModelFolder)
            .Add("survives", Survives(status));
    }
}
