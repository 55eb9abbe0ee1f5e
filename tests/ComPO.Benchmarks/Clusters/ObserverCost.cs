using System.Diagnostics;
using System.Globalization;
using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Node.Hosting;
using ComPO.Simulation;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// What it takes of the processors that a node is looked at from all sides: the executable's node in this process, and one run on it, at which they
/// look and nobody looks in turns. Processor time is taken instead of the clock's, which other work on the machine moves much more.
/// </summary>
internal static class ObserverCost
{
    // 16 perturbations of 5.7 ms each: Mistral's size on two cores.
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(91);

    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Probes that wait as long as those of Mistral's size take, so that what is left in the process is actors, journal, telemetry and page. An iteration
    /// has fewer of them and is shorter than theirs, so that there is more to draw anew in a second.
    /// </summary>
    public static Task RunWaitingAsync(TextWriter output, Observer who, int rounds, int iterations)
    {
        // By then every chart and table is as full as it gets.
        const int fullAfter = 260;
        var begun = 0;
        var loader = new TinyModelLoader
        {
            Rows = 1000,
            BeforeProbe = (first, cancellation) =>
            {
                if (first == 0)
                    Interlocked.Increment(ref begun);
                if (Volatile.Read(ref begun) > fullAfter)
                    cancellation.WaitHandle.WaitOne(Block);
            },
        };
        return CompareAsync(output, loader, who, fullAfter, rounds, iterations);
    }

    /// <summary>Probes that compute on all processors: what looking adds to an iteration that costs something.</summary>
    public static Task RunComputingAsync(TextWriter output, Observer who, int rounds, int iterations) => CompareAsync(
        output, new SyntheticModelLoader(new HeadShape(8192, 256), 64, Environment.ProcessorCount, HeadPrecision.Float32), who, before: 5, rounds, iterations);

    private static async Task CompareAsync(TextWriter output, IModelLoader loader, Observer who, int before, int rounds, int iterations)
    {
        var folder = Directory.CreateTempSubdirectory("compo-benchmark-");
        try
        {
            var configuration = ConfigurationFactory.ParseString("compo { http.port = 0, probing { block-size = 16, block-time = 0s } }");
            var options = new NodeOptions { Roles = [NodeOptions.SeedRole, NodeOptions.TrainerRole], Port = 0, StateFolder = Path.Combine(folder.FullName, "state") };
            await using var node = await ComPONode.StartAsync(
                options, loader, configuration, HostSettings.Read(configuration, isSeed: true, verbose: false), CancellationToken.None);
            var questions = new SeedQuestions(node.System);
            await questions.StartAsync("benchmark", new RunSettings
            {
                Model = "model", Data = "pairs", Iterations = 100_000, Perturbations = 800, Gate = 0.01, Output = Path.Combine(folder.FullName, "run"),
            });
            await questions.UntilAsync(status => status.Committed >= before, BetweenQuestions);
            await MeasureAsync(output, node, questions, who, rounds, iterations);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(TextWriter output, ComPONode node, SeedQuestions questions, Observer who, int rounds, int iterations)
    {
        List<Taken> alone = [], seen = [];
        // In the first of each, code is compiled.
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var isSeen in new[] { round % 2 == 0, round % 2 != 0 })
            {
                await using var observers = isSeen ? await Observers.LookAtAsync(node, who) : null;
                var taken = await TakeAsync(questions, iterations);
                await output.WriteLineAsync(Invariant(
                    $"{(isSeen ? "they look   " : "nobody looks")} {taken.ProcessorSeconds,8:0.000} s of processor time in {taken.Seconds,5:0.0} s{(round == 0 ? ", not counted" : "")}"));
                if (round > 0)
                    (isSeen ? seen : alone).Add(taken);
            }
        }
        await output.WriteLineAsync(Invariant($"{rounds} rounds of {iterations} iterations each; median (least to most)"));
        var (second, secondSeen) = await CompareAsync(output, "processor time a second", alone, seen, taken => taken.ProcessorSeconds / taken.Seconds);
        await output.WriteLineAsync(Invariant($"  difference {(secondSeen - second) / Environment.ProcessorCount:P2} of {Environment.ProcessorCount} processors"));
        var (each, eachSeen) = await CompareAsync(output, "processor time an iteration", alone, seen, taken => taken.ProcessorSeconds / iterations);
        await output.WriteLineAsync(Invariant($"  difference {eachSeen / each - 1:P2} of an iteration's"));
    }

    // From the end of one iteration to that of another, once the present one, in which the looking began or ended, is over.
    private static async Task<Taken> TakeAsync(SeedQuestions questions, int iterations)
    {
        var now = (await questions.UntilAsync(_ => true, BetweenQuestions)).Committed;
        await questions.UntilAsync(status => status.Committed > now, BetweenQuestions);
        var (processors, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        await questions.UntilAsync(status => status.Committed > now + iterations, BetweenQuestions);
        return new Taken((Environment.CpuUsage.TotalTime - processors).TotalSeconds, clock.Elapsed.TotalSeconds);
    }

    private static async Task<(double Alone, double Seen)> CompareAsync(
        TextWriter output, string what, List<Taken> alone, List<Taken> seen, Func<Taken, double> figure)
    {
        await output.WriteLineAsync($"{what}, ms");
        foreach (var (name, taken) in new[] { ("nobody looks", alone), ("they look   ", seen) })
        {
            await output.WriteLineAsync(Invariant(
                $"  {name} {1000 * Medians.Of(taken.Select(figure)),8:0.0} ({1000 * taken.Min(figure):0.0} to {1000 * taken.Max(figure):0.0})"));
        }
        return (Medians.Of(alone.Select(figure)), Medians.Of(seen.Select(figure)));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Taken(double ProcessorSeconds, double Seconds);
}
