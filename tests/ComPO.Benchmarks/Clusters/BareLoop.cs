using System.Diagnostics;
using ComPO.Core.Aggregation;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Core.Updates;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// What actors, messages, journal and files cost: iterations of a tiny model on a real one-process cluster beside the same iterations as a plain
/// loop over the same parts. Both must end with the same head.
/// </summary>
internal static class BareLoop
{
    private static readonly HeadShape Head = new(512, 64);

    // Until code is compiled, the cluster's later than the loop's.
    private const int WarmRounds = 4;

    public static async Task RunAsync(TextWriter output, int rounds, int iterations, int perturbations, int answer, int threads, int? blockSize)
    {
        var loader = new SyntheticModelLoader(Head, answer, threads, HeadPrecision.Float32);
        var settings = new RunSettings
        {
            Model = "model", Data = "pairs", Iterations = iterations, Perturbations = perturbations, Gate = 0.01, StepSize = 0.035,
        };
        await using var cluster = new LocalCluster(blockSize is { } size ? $"compo.probing {{ block-size = {size}, block-time = 0s }}" : "");
        await cluster.StartNodeAsync(["seed", "trainer"], loader);
        List<Round> seen = [];
        // In turns, since other work on the machine comes and goes.
        for (var round = -Math.Min(rounds, WarmRounds); round < rounds; round++)
        {
            var (times, head) = Loop(loader, settings);
            using var clock = new IterationClock();
            var run = await cluster.RunAsync(settings, trainers: 1);
            if (run[^1].HeadDigest.ToString() != head)
                throw new InvalidOperationException($"The cluster ended with the head {run[^1].HeadDigest}, the loop with {head}.");
            // Means of a round: what comes now and then, as a snapshot of the journal, is part of what a cluster costs.
            if (round >= 0)
                seen.Add(new Round(times[1..], [.. run.Skip(1)], clock.Seconds().Skip(1).Average(), clock.ProcessorSeconds().Skip(1).Average()));
        }

        await output.WriteLineAsync(
            $"V = {Head.VocabularySize}, d = {Head.HiddenSize}, T = {2 * answer}, {perturbations} perturbations, {loader.Threads} threads: milliseconds an iteration, medians of {rounds} rounds and of parts");
        await output.WriteLineAsync($"bare loop          {1000 * Medians.Of(seen.Select(round => round.BareTotal)),8:0.0}");
        await output.WriteLineAsync($"  probe            {1000 * Medians.Of(seen.SelectMany(round => round.Bare).Select(times => times.Probe)),8:0.0}");
        await output.WriteLineAsync($"  tally            {1000 * Medians.Of(seen.SelectMany(round => round.Bare).Select(times => times.Tally)),8:0.0}");
        await output.WriteLineAsync($"one-process cluster{1000 * Medians.Of(seen.Select(round => round.Total)),8:0.0}");
        foreach (var part in seen[0].Run[0].Seconds.Keys)
            await output.WriteLineAsync($"  {part,-17}{1000 * Medians.Of(seen.SelectMany(round => round.Run).Select(iteration => iteration.Seconds[part])),8:0.0}");
        await output.WriteLineAsync($"in each round      {string.Join(" ", seen.Select(round => $"{round.Overhead:P1}"))}");
        await output.WriteLineAsync($"in processor time  {Medians.Of(seen.Select(round => round.ProcessorOverhead)),8:P1}");
        await output.WriteLineAsync($"overhead           {Medians.Of(seen.Select(round => round.Overhead)),8:P1}");
    }

    private static (LoopTimes[] Times, string HeadDigest) Loop(SyntheticModelLoader loader, RunSettings settings)
    {
        using var model = loader.Load(new ModelRequest("model", null, WithBody: true));
        using var pairs = model.OpenPairs("pairs", PairOptions.Default);
        var times = pairs.From(0).Take(settings.Iterations)
            .Select((candidate, iteration) => Iterate(model, candidate.Pair!, new NoiseKey(settings.Seed, (uint)iteration), settings, loader.Threads))
            .ToArray();
        return (times, model.Head.ComputeDigest().ToString());
    }

    // All that a trainer of a whole head computes, digests included.
    private static LoopTimes Iterate(INodeModel model, TokenizedPair candidate, NoiseKey key, RunSettings settings, int threads)
    {
        var (start, processors) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var (head, radius) = (model.Head, settings.RadiusFor(model.Head.Shape));
        var features = PairFeatures.Decode(model.ComputeFeatures(candidate, settings.Space).Encode());
        var space = PerturbationSpace.Of(features);
        using var pair = model.Engines[0].Prepare(head, null, features);
        var theory = ClosedForm.Of(features, space, null, pair.BaseLogits.Span, head.Shape.VocabularySize, radius, threads);
        var probing = Stopwatch.GetTimestamp();
        var outcomes = pair.Probe(key, radius, 0, settings.Perturbations, CancellationToken.None);
        var tallying = Stopwatch.GetTimestamp();

        var sums = new int[head.Shape.VocabularySize * space.Dimension];
        OutcomeTally.AddRows(key, outcomes, space.Dimension, 0, head.Shape.VocabularySize, sums, threads);
        theory.LimitProduct(0, head.Shape.VocabularySize, sums, threads);
        var tallied = Stopwatch.GetTimestamp();
        var estimate = new SampledEstimate(head.Shape, space, 0, sums, ExactSums.SumOfSquares(sums));
        var update = Sparsifier.Emit(estimate, Sparsifier.DensityCut(estimate, settings.Density!.Value, threads), threads);

        var scale = StepRule.Scale(settings.StepSize, (double)outcomes.CountImproved() / settings.Perturbations);
        var walked = pair.Evaluate(update, [.. LineSearch.Steps, scale]);
        theory.PredictedChange(update, scale);
        update.ComputeDigest();
        if (LineSearch.IsAccepted(LineSearch.Table(walked.AsSpan(0, LineSearch.Steps.Length))))
        {
            head.ComputeDigestAfter(update, scale);
            head.Apply(update, scale);
        }
        head.ComputeDigest();
        return new LoopTimes(
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            Stopwatch.GetElapsedTime(probing, tallying).TotalSeconds,
            Stopwatch.GetElapsedTime(tallying, tallied).TotalSeconds,
            (Environment.CpuUsage.TotalTime - processors).TotalSeconds);
    }

    // Seconds.
    private readonly record struct LoopTimes(double Total, double Probe, double Tally, double Processors);

    // Of each all iterations but the first; the cluster's mean seconds are from the beginning of one to that of the next.
    private sealed record Round(LoopTimes[] Bare, IterationRecord[] Run, double Total, double Processors)
    {
        public double BareTotal => Bare.Average(times => times.Total);

        public double Overhead => Total / BareTotal - 1;

        public double ProcessorOverhead => Processors / Bare.Average(times => times.Processors) - 1;
    }
}
