using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// Two trainers of one thread each against one: a seed and trainers with an actor system and a device-pinned actor each, in one process, over TCP.
/// The probe phase is what the run's log says it was: from the first trainer's prepared pair to the last outcome that was kept.
/// </summary>
internal static class TwoTrainers
{
    public static async Task RunAsync(TextWriter output, HeadShape head, int answer, int iterations, int perturbations)
    {
        var precision = TorchHeadEngine.HasBFloat16 ? HeadPrecision.BFloat16 : HeadPrecision.Float32;
        var loader = new SyntheticModelLoader(head, answer, Threads: 1, precision);
        var settings = new RunSettings { Model = "model", Data = "pairs", Iterations = iterations, Perturbations = perturbations, Gate = 0.01 };
        var one = await ProbeSecondsAsync(loader, settings, trainers: 1);
        var two = await ProbeSecondsAsync(loader, settings, trainers: 2);
        await output.WriteLineAsync($"V = {head.VocabularySize}, d = {head.HiddenSize}, T = {2 * answer}, {perturbations} perturbations, row space: seconds of the probe phase, median of {iterations - 1}");
        await output.WriteLineAsync($"one trainer of one thread   {one,8:0.000}");
        await output.WriteLineAsync($"two trainers of one thread  {two,8:0.000}");
        await output.WriteLineAsync($"speed-up                    {one / two,8:0.00}");
    }

    private static async Task<double> ProbeSecondsAsync(SyntheticModelLoader loader, RunSettings settings, int trainers)
    {
        await using var cluster = new LocalCluster();
        await cluster.StartNodeAsync(["seed"], null);
        for (var i = 0; i < trainers; i++)
            await cluster.StartNodeAsync(["trainer"], loader);
        var iterations = await cluster.RunAsync(settings, trainers);
        // In the first iteration code is compiled and lanes get their memory.
        return Medians.Of(iterations.Skip(1).Select(iteration => iteration.Seconds["probe"]));
    }
}
