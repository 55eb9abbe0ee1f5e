using System.Diagnostics;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Torch.Heads;
using ComPO.Torch.Native;
using static TorchSharp.torch;

namespace ComPO.Benchmarks;

/// <summary>
/// One perturbation as the authors' scripts do it and as ComPO.NET does, in one process. Theirs draws
/// normal noise for the whole head, multiplies by the base and by the perturbed head, compares log-probabilities, and adds
/// the signed noise to an accumulator of the head's size.
/// </summary>
internal static class SideBySide
{
    private const int Rounds = 7;
    private const double Radius = 5e-4;

    public static void Run(TextWriter output, HeadShape shape, int answer, int threads)
    {
        Libtorch.EnsureLoaded();
        using var own = TorchThreads.Use(threads);
        var (weights, states) = (new float[shape.EntryCount], new float[2 * answer * shape.HiddenSize]);
        PerturbationNoise.Fill(new NoiseKey(1, 0), 0, 0, weights);
        PerturbationNoise.Fill(new NoiseKey(1, 1), 0, 0, states);
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= 0.02f;
        var targets = Enumerable.Range(1, 2 * answer).Select(t => 7919 * t % shape.VocabularySize).ToArray();
        var head = new HeadWeights(shape, weights);

        output.WriteLine($"V = {shape.VocabularySize}, d = {shape.HiddenSize}, T = {2 * answer}, {threads} threads: milliseconds a perturbation, median of {Rounds}");
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            output.WriteLine($"the authors' procedure, {type,-12}{Authors(head, states, targets, type),8:f1}");
        foreach (var space in new[] { PerturbationSpaceKind.Full, PerturbationSpaceKind.Row })
            foreach (var precision in new[] { HeadPrecision.Float32, HeadPrecision.BFloat16 })
                output.WriteLine($"ComPO.NET, {space,-5}space, {precision,-12}{Ours(head, states, targets, space, precision, threads),8:f1}");
    }

    private static double Authors(HeadWeights weights, float[] states, int[] targets, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (vocabulary, width) = (weights.Shape.VocabularySize, weights.Shape.HiddenSize);
        var head = tensor(weights.Values).reshape(vocabulary, width).to(type);
        var hidden = tensor(states).reshape(targets.Length, width).to(type);
        var words = tensor(Array.ConvertAll(targets, target => (long)target)).unsqueeze(1);
        var sum = zeros(vocabulary, width, type);
        return Median(() =>
        {
            using var inner = NewDisposeScope();
            var noise = randn_like(head);
            var (before, after) = (Score(hidden, head, words), Score(hidden, head + Radius * noise, words));
            var improved = after.Chosen > before.Chosen && after.Rejected < before.Rejected;
            sum.add_(noise, alpha: improved ? -1 : 1);
        });
    }

    private static (double Chosen, double Rejected) Score(Tensor hidden, Tensor head, Tensor words)
    {
        using var scope = NewDisposeScope();
        var each = hidden.matmul(head.t()).log_softmax(1).gather(1, words).to(ScalarType.Float64);
        var half = words.shape[0] / 2;
        return (each.narrow(0, 0, half).sum().item<double>(), each.narrow(0, half, half).sum().item<double>());
    }

    private static double Ours(
        HeadWeights head, float[] states, int[] targets, PerturbationSpaceKind space, HeadPrecision precision, int threads)
    {
        using var engine = new TorchHeadEngine(threads, precision);
        using var pair = engine.Prepare(head, null, PairFeatures.Create(states, targets, targets.Length / 2, head.Shape.HiddenSize, space));
        pair.Probe(new NoiseKey(3, 0), Radius, 0, 64, CancellationToken.None);
        var count = 4 * threads;
        return Median(() => pair.Probe(new NoiseKey(3, 0), Radius, 0, count, CancellationToken.None)) / count;
    }

    private static double Median(Action work)
    {
        work();
        work();
        var milliseconds = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            milliseconds[round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        return milliseconds.Order().ElementAt(Rounds / 2);
    }
}
