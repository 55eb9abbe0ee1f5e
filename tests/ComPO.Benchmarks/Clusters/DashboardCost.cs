using System.Globalization;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// The dashboard of a real seed: how soon after its event an iteration is drawn on an open page, what the first page weighs as transferred, and what an
/// open page costs the same run on the same processors, in turn with none.
/// </summary>
internal static class DashboardCost
{
    public static async Task RunAsync(TextWriter output, int rounds, int iterations, int perturbations)
    {
        List<double> unseen = [], seen = [], delays = [];
        var weight = new PageWeight(0, 0);
        var drawings = 0;
        for (var round = 0; round < rounds; round++)
        {
            unseen.AddRange(await SecondsAsync(iterations, perturbations, _ => Task.CompletedTask));
            seen.AddRange(await SecondsAsync(iterations, perturbations, site => site.OpenAsync(), async site =>
            {
                (drawings, weight) = (drawings + site.Drawings, await site.WeighAsync());
                delays.AddRange(site.DelaysMilliseconds);
            }));
        }
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{rounds} runs each of {iterations} iterations, {perturbations} perturbations; an open page was drawn {drawings} times"));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"from an iteration's event to its drawing: median {Medians.Of(delays):0} ms, worst of {delays.Count} {delays.Max():0} ms"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"first page: {weight.Bytes / 1000.0:0.0} kB in {weight.Answers} answers, compressed"));
        await output.WriteLineAsync("milliseconds an iteration, median of the second halves");
        await output.WriteLineAsync($"no page open     {1000 * Medians.Of(unseen),8:0.00}");
        await output.WriteLineAsync($"a page open      {1000 * Medians.Of(seen),8:0.00}");
        await output.WriteLineAsync($"difference       {Medians.Of(seen) / Medians.Of(unseen) - 1,8:P2}");
    }

    private static async Task<IEnumerable<double>> SecondsAsync(
        int iterations, int perturbations, Func<DashboardPages, Task> before, Func<DashboardPages, Task>? after = null)
    {
        var loader = new SyntheticModelLoader(new HeadShape(2048, 128), 64, Environment.ProcessorCount, HeadPrecision.Float32);
        var settings = new RunSettings { Model = "model", Data = "pairs", Iterations = iterations, Perturbations = perturbations, Gate = 0.01 };
        await using var cluster = new LocalCluster();
        await cluster.StartNodeAsync(["seed", "trainer"], loader);
        await using var pages = await DashboardPages.StartAsync(cluster.Seed);
        await before(pages);
        var log = await cluster.RunAsync(settings, trainers: 1);
        if (after is not null)
            await after(pages);
        return log.Skip(iterations / 2).Select(iteration => iteration.Seconds["total"]);
    }
}
