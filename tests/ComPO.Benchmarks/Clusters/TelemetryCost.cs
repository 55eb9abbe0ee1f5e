using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Core.Telemetry;
using ComPO.Torch.Heads;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// What it costs that somebody listens: the same run on a one-process cluster, in turn with nobody listening and with OpenTelemetry collecting every
/// metric each second and every span as it ends. The console's status is asked for ten times a second in both.
/// </summary>
internal static class TelemetryCost
{
    public static async Task RunAsync(TextWriter output, int rounds, int iterations, int perturbations)
    {
        List<double> alone = [], heard = [];
        for (var round = 0; round < rounds; round++)
        {
            alone.AddRange(await SecondsAsync(iterations, perturbations));
            using var metrics = Sdk.CreateMeterProviderBuilder()
                .AddMeter(Instruments.Name, "System.Runtime")
                .AddReader(new PeriodicExportingMetricReader(new NoMetrics(), exportIntervalMilliseconds: 1000))
                .Build();
            using var spans = Sdk.CreateTracerProviderBuilder().AddSource(Instruments.Name).AddProcessor(new SimpleActivityExportProcessor(new NoSpans())).Build();
            heard.AddRange(await SecondsAsync(iterations, perturbations));
        }
        await output.WriteLineAsync($"{rounds} runs each of {iterations} iterations, {perturbations} perturbations: milliseconds an iteration, median of the second halves");
        await output.WriteLineAsync($"nobody listens   {1000 * Medians.Of(alone),8:0.00}");
        await output.WriteLineAsync($"everybody listens{1000 * Medians.Of(heard),8:0.00}");
        await output.WriteLineAsync($"difference       {Medians.Of(heard) / Medians.Of(alone) - 1,8:P2}");
    }

    private static async Task<IEnumerable<double>> SecondsAsync(int iterations, int perturbations)
    {
        var loader = new SyntheticModelLoader(new HeadShape(2048, 128), 64, Environment.ProcessorCount, HeadPrecision.Float32);
        var settings = new RunSettings { Model = "model", Data = "pairs", Iterations = iterations, Perturbations = perturbations, Gate = 0.01 };
        await using var cluster = new LocalCluster();
        await cluster.StartNodeAsync(["seed", "trainer"], loader);
        var seen = await cluster.RunAsync(settings, trainers: 1);
        return seen.Skip(iterations / 2).Select(iteration => iteration.Seconds["total"]);
    }

    private sealed class NoMetrics : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }

    private sealed class NoSpans : BaseExporter<System.Diagnostics.Activity>
    {
        public override ExportResult Export(in Batch<System.Diagnostics.Activity> batch) => ExportResult.Success;
    }
}
