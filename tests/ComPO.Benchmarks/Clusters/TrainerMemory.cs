using System.Diagnostics;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// The most memory that a trainer of a model's size ever holds, through as many updates as it takes until a whole head is kept for those who come late. The
/// process is a node of its own: a trainer that is its cluster's seed too, so that what a seed holds is counted with it.
/// </summary>
internal static class TrainerMemory
{
    // One more than lie between two heads that are kept.
    private const int Updates = 12;

    public static async Task RunAsync(TextWriter output, HeadShape head, int answer, int perturbations, int threads)
    {
        var precision = TorchHeadEngine.HasBFloat16 ? HeadPrecision.BFloat16 : HeadPrecision.Float32;
        await using var cluster = new LocalCluster();
        await cluster.StartNodeAsync(["seed", "trainer"], new SyntheticModelLoader(head, answer, threads, precision));
        var iterations = await cluster.RunAsync(
            new RunSettings { Model = "model", Data = "pairs", Iterations = Updates, Perturbations = perturbations, Gate = 0 }, trainers: 1);
        using var process = Process.GetCurrentProcess();
        await output.WriteLineAsync(
            $"V = {head.VocabularySize}, d = {head.HiddenSize}, T = {2 * answer}, {perturbations} perturbations, row space: megabytes, after {iterations.Count(iteration => iteration.Accepted == true)} updates");
        await output.WriteLineAsync($"the head            {Megabytes(head.EntryCount * sizeof(float))}");
        await output.WriteLineAsync($"peak of the process {Megabytes(process.PeakWorkingSet64)}");
    }

    private static string Megabytes(long bytes) => $"{bytes / 1e6,8:0}";
}
