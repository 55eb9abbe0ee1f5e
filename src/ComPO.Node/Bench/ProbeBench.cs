using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Torch.Heads;
using ComPO.Torch.Heads.Tensors;

namespace ComPO.Node.Bench;

/// <summary>What <c>bench probe</c> is asked.</summary>
internal sealed record ProbeQuestion(
    HeadShape Shape, int Chosen, int Rejected, int Perturbations, PerturbationSpaceKind Space, int Threads, HeadPrecision Precision, int Sample, bool ByTensors = false);

/// <summary>What <c>bench probe</c> answers; the names are those of <c>--json</c>.</summary>
internal sealed record ProbeAnswer(
    double SecondsPerPerturbation,
    double GemmSeconds,
    double NoiseSeconds,
    double ExpSeconds,
    double Ratio,
    double Float64Agreement,
    int Threads,
    string Precision,
    long PeakMemoryBytes);

/// <summary>Times probes and their bare parts in one process, turn by turn, so that other work on the machine slows all alike.</summary>
internal static class ProbeBench
{
    private const double Radius = 5e-4;
    private const int Rounds = 7;

    public static ProbeAnswer Run(ProbeQuestion question)
    {
        var head = SyntheticPair.Head(question.Shape, question.Threads);
        var features = SyntheticPair.Features(question.Shape, question.Chosen, question.Rejected, question.Space);
        using IHeadEngine engine = question.ByTensors
            ? new TensorHeadEngine("cpu", question.Threads, question.Precision)
            : new TorchHeadEngine(question.Threads, question.Precision);
        using var pair = engine.Prepare(head, null, features);
        var key = new NoiseKey(1, 0);
        // Compiled code settles, and the lanes' memory is there.
        var warm = Math.Clamp(question.Perturbations / 4, question.Threads, 64);
        pair.Probe(key, Radius, 0, warm, CancellationToken.None);

        var bare = new BareKernels(features.DistinctRows, features.BasisSize, question.Shape.VocabularySize, question.Precision, question.Threads);
        var perRound = Math.Max(question.Threads, question.Perturbations / Rounds);
        var (probe, product) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            product[round] = bare.ProductSeconds(5);
            probe[round] = Measurement.Seconds(() => pair.Probe(key, Radius, round * perRound, perRound, CancellationToken.None)) / perRound;
        }
        var (seconds, gemm) = (Measurement.Median(probe), Measurement.Median(product));
        var (noise, exponentials) = (bare.NoiseSeconds(5), bare.ExponentialSeconds(5));
        // Before the float64 reference, whose memory is not a probe's.
        var peak = Measurement.PeakMemoryBytes();
        return new ProbeAnswer(
            seconds, gemm, noise, exponentials, Measurement.Median(probe.Zip(product, (of, to) => of / to)),
            Agreement(question, head, features, pair, key), question.Threads, question.Precision == HeadPrecision.BFloat16 ? "bf16" : "fp32", peak);
    }

    private static double Agreement(
        ProbeQuestion question, HeadWeights head, Core.Features.PairFeatures features, IPreparedPair pair, NoiseKey key)
    {
        var sample = question.Sample;
        using var oracle = new Float64Oracle(head, features, question.Threads);
        var outcomes = pair.Probe(key, Radius, 0, sample, CancellationToken.None);
        return Enumerable.Range(0, sample).Count(i => outcomes[i] == oracle.IsImproved(key, (uint)i, Radius)) / (double)sample;
    }
}
