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

    public static async Task RunAsync(TextWriter output, int iterations, int perturbations, int answer, int threads, int? blockSize)
    {
        var loader = new SyntheticModelLoader(Head, answer, threads, HeadPrecision.Float32);
        var settings = new RunSettings
        {
            Model = "model", Data = "pairs", Iterations = iterations, Perturbations = perturbations, Gate = 0.01, StepSize = 0.035,
        };
        var (before, head) = Loop(loader, settings);
        using var clock = new IterationClock();

        await using var cluster = new LocalCluster(blockSize is { } size ? $"compo.probing {{ block-size = {size}, block-time = 0s }}" : "");
        await cluster.StartNodeAsync(["seed", "trainer"], loader);
        var seen = await cluster.RunAsync(settings, trainers: 1);
        if (seen[^1].HeadDigest.ToString() != head)
            throw new InvalidOperationException($"The cluster ended with the head {seen[^1].HeadDigest}, the loop with {head}.");
        // On both sides of the cluster's run, since other work on the machine comes and goes; of all runs the second half, when code is compiled.
        LoopTimes[] bare = [.. before.Skip(iterations / 2), .. Loop(loader, settings).Times.Skip(iterations / 2)];
        // Means: what comes now and then, as a snapshot of the journal, is part of what a cluster costs.
        var (bareTotal, total) = (bare.Average(times => times.Total), clock.Seconds().Skip(iterations / 2).Average());

        await output.WriteLineAsync($"V = {Head.VocabularySize}, d = {Head.HiddenSize}, T = {2 * answer}, {perturbations} perturbations, {loader.Threads} threads: milliseconds an iteration, mean, and the median of its parts");
        await output.WriteLineAsync($"bare loop          {1000 * bareTotal,8:0.0}");
        await output.WriteLineAsync($"  probe            {1000 * Medians.Of(bare.Select(times => times.Probe)),8:0.0}");
        await output.WriteLineAsync($"  tally            {1000 * Medians.Of(bare.Select(times => times.Tally)),8:0.0}");
        await output.WriteLineAsync($"one-process cluster{1000 * total,8:0.0}");
        foreach (var part in seen[^1].Seconds.Keys)
            await output.WriteLineAsync($"  {part,-17}{1000 * Medians.Of(seen.Skip(iterations / 2).Select(iteration => iteration.Seconds[part])),8:0.0}");
        await output.WriteLineAsync($"overhead           {total / bareTotal - 1,8:P1}");
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
        var start = Stopwatch.GetTimestamp();
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
            Stopwatch.GetElapsedTime(tallying, tallied).TotalSeconds);
    }

    // Seconds.
    private readonly record struct LoopTimes(double Total, double Probe, double Tally);
}
