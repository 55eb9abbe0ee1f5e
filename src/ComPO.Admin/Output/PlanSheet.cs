using ComPO.Core.Runs;
using ComPO.Core.Wording;
using ComPO.Protocol;

namespace ComPO.Admin.Output;

/// <summary>What a run would do, for people.</summary>
internal static class PlanSheet
{
    /// <summary>The facts of a plan, and the settings that it was made for, as <c>--set</c> takes them.</summary>
    public static FactSheet Of(TrainingPlan plan, RunSettings settings)
    {
        var sheet = new FactSheet()
            .Add("noisy pairs", $"{plan.PairsFound} in {Units.Count(plan.RowsScanned, "row")}")
            .Add("skipped", StatusSheet.Skipped(plan.Skipped))
            .Add("iterations", $"{plan.Iterations} of {Units.Count(plan.Perturbations, "perturbation")}")
            .Add("head", $"{plan.VocabularySize} x {plan.HiddenSize}")
            .Add("memory", $"{Units.Bytes(plan.MemoryBytesPerNode)} on each trainer")
            .Add("disk", $"{Units.Bytes(plan.DiskBytes)} in the run folder")
            .Add("settings", string.Join(' ', SettingValues.ValuesOf(settings).Select(value => $"{value.Key}={value.Value}")))
            .Add("time", plan.EstimatedSeconds is { } seconds ? "about " + Units.Duration(seconds) : "unknown: no noisy pair was found to try");
        foreach (var node in plan.Nodes)
            sheet.Add("trainer", StatusSheet.Describe(node));
        return sheet;
    }
}
