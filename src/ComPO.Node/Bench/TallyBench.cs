using System.Diagnostics;
using ComPO.Core.Aggregation;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Torch.Heads;

namespace ComPO.Node.Bench;

/// <summary>What <c>bench tally</c> is asked.</summary>
internal sealed record TallyQuestion(HeadShape Shape, int Chosen, int Rejected, int Perturbations, PerturbationSpaceKind Space, int Threads);

/// <summary>The parts of <c>bench tally</c>.</summary>
internal sealed record TallyParts(double Total, double Tally, double Lift, double Threshold);

/// <summary>
/// What <c>bench tally</c> answers; the names are those of <c>--json</c>. Most of a perturbation's share in a tally is its noise, and the ratio is to that; a probe's product
/// and exponentials of the same shapes, in float32, stand beside it to compare with.
/// </summary>
internal sealed record TallyAnswer(
    double SecondsPerPerturbation,
    double GemmSeconds,
    double NoiseSeconds,
    double ExpSeconds,
    double Ratio,
    int Threads,
    string Precision,
    long PeakMemoryBytes,
    TallyParts Seconds);

/// <summary>Times what follows the probes, from outcomes that a coin gave.</summary>
internal static class TallyBench
{
    private const int WarmRows = 64, WarmPerturbations = 16;
    private static readonly TimeSpan WarmTime = TimeSpan.FromSeconds(1);

    public static TallyAnswer Run(TallyQuestion question)
    {
        var features = SyntheticPair.Features(question.Shape, question.Chosen, question.Rejected, question.Space);
        var outcomes = new OutcomeBits(question.Perturbations);
        for (var i = 0; i < question.Perturbations; i++)
            outcomes[i] = Philox4x32.Words((uint)i, 0, 0, 0, 1, 2).X0 % 4 == 0;

        var bare = new BareKernels(
            features.DistinctRows, features.BasisSize, question.Shape.VocabularySize, HeadPrecision.Float32, question.Threads);
        Warm(question, features.BasisSize, outcomes, bare);
        var seen = Aggregation.Run(question.Shape, new NoiseKey(1, 0), PerturbationSpace.Of(features), outcomes, null, question.Threads);
        var peak = Measurement.PeakMemoryBytes();
        var noise = bare.NoiseSeconds(5);
        var each = seen.Tally / question.Perturbations;
        return new TallyAnswer(
            each, bare.ProductSeconds(5), noise, bare.ExponentialSeconds(5), each / noise, question.Threads, "int32", peak,
            new TallyParts(seen.Tally + seen.Lift + seen.Threshold, seen.Tally, seen.Lift, seen.Threshold));
    }

    // Compiled code settles only after some time and many calls.
    private static void Warm(TallyQuestion question, int dimension, OutcomeBits outcomes, BareKernels bare)
    {
        var rows = Math.Min(WarmRows, question.Shape.VocabularySize);
        var sums = new int[rows * dimension];
        var first = outcomes.Slice(0, Math.Min(WarmPerturbations, outcomes.Count));
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmTime;)
        {
            OutcomeTally.AddRows(new NoiseKey(1, 0), first, dimension, 0, rows, sums, question.Threads);
            bare.NoiseSeconds(1);
        }
    }
}
