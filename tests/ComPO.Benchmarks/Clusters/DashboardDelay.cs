using System.Globalization;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// The dashboard of a real seed: how soon after its event an iteration is drawn on an open page, and what the first page weighs as transferred. What an
/// open page costs the run is <see cref="ObserverCost"/>.
/// </summary>
internal static class DashboardDelay
{
    public static async Task RunAsync(TextWriter output, int rounds, int iterations, int perturbations)
    {
        List<double> delays = [];
        var weight = new PageWeight(0, 0);
        var drawings = 0;
        for (var round = 0; round < rounds; round++)
        {
            var loader = new SyntheticModelLoader(new HeadShape(2048, 128), 64, Environment.ProcessorCount, HeadPrecision.Float32);
            await using var cluster = new LocalCluster();
            await cluster.StartNodeAsync(["seed", "trainer"], loader);
            await using var site = await DashboardPages.StartAsync(cluster.Seed);
            await site.OpenAsync();
            await cluster.RunAsync(
                new RunSettings { Model = "model", Data = "pairs", Iterations = iterations, Perturbations = perturbations, Gate = 0.01 }, trainers: 1);
            (drawings, weight) = (drawings + site.Drawings, await site.WeighAsync());
            delays.AddRange(site.DelaysMilliseconds);
        }
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{rounds} runs of {iterations} iterations, {perturbations} perturbations; an open page was drawn {drawings} times"));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"from an iteration's event to its drawing: median {Medians.Of(delays):0} ms, worst of {delays.Count} {delays.Max():0} ms"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"first page: {weight.Bytes / 1000.0:0.0} kB in {weight.Answers} answers, compressed"));
    }
}
