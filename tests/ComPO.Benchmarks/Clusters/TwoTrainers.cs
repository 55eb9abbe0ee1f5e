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
    private const int Iterations = 4, Perturbations = 800;

    private static readonly HeadShape Head = new(32_000, 512);

    public static async Task RunAsync(TextWriter output)
    {
        var precision = TorchHeadEngine.HasBFloat16 ? HeadPrecision.BFloat16 : HeadPrecision.Float32;
        var loader = new SyntheticModelLoader(Head, Answer: 128, Threads: 1, precision);
        var one = await ProbeSecondsAsync(loader, trainers: 1);
        var two = await ProbeSecondsAsync(loader, trainers: 2);
        await output.WriteLineAsync($"V = {Head.VocabularySize}, d = {Head.HiddenSize}, T = 256, {Perturbations} perturbations, row space: seconds of the probe phase, median of {Iterations - 1}");
        await output.WriteLineAsync($"one trainer of one thread   {one,8:0.000}");
        await output.WriteLineAsync($"two trainers of one thread  {two,8:0.000}");
        await output.WriteLineAsync($"speed-up                    {one / two,8:0.00}");
    }

    private static async Task<double> ProbeSecondsAsync(SyntheticModelLoader loader, int trainers)
    {
        await using var cluster = new LocalCluster();
        await cluster.StartNodeAsync(["seed"], null);
        for (var i = 0; i < trainers; i++)
            await cluster.StartNodeAsync(["trainer"], loader);
        var iterations = await cluster.RunAsync(
            new RunSettings { Model = "model", Data = "pairs", Iterations = Iterations, Perturbations = Perturbations, Gate = 0.01 }, trainers);
        // In the first iteration code is compiled and lanes get their memory.
        return Medians.Of(iterations.Skip(1).Select(iteration => iteration.Seconds["probe"]));
    }
}
