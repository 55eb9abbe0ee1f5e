using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Runs;

/// <summary>What a dry run answers, from what one trainer found.</summary>
internal static class RunEstimate
{
    // The log's line of an iteration without its outcomes, about.
    private const int LineBytes = 2048;

    public static TrainingPlan Of(RunSettings settings, RunPlanned planned, NodeStatus[] nodes)
    {
        var models = 1 + Enumerable.Range(1, settings.Iterations).Count(committed => RunRules.IsCheckpointDue(settings, committed));
        // The head is written as float32 besides the base's files.
        var modelBytes = planned.ModelBytes + planned.Head.EntryCount * sizeof(float);
        var iterationBytes = planned.FeatureBytes + LineBytes + settings.Perturbations / 6;
        var perturbationsPerSecond = planned.SecondsPerPerturbation is > 0 and var seconds ? nodes.Length / seconds : (double?)null;
        return new TrainingPlan(
            planned.PairsFound,
            planned.RowsScanned,
            planned.Skipped,
            settings.Iterations,
            settings.Perturbations,
            planned.Head.VocabularySize,
            planned.Head.HiddenSize,
            planned.MemoryBytes,
            models * modelBytes + settings.Iterations * (long)iterationBytes,
            perturbationsPerSecond is { } rate ? (double)settings.Iterations * settings.Perturbations / rate : planned.SecondsPerPerturbation,
            nodes);
    }
}
