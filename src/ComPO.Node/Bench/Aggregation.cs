using ComPO.Core.Aggregation;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Core.Updates;

namespace ComPO.Node.Bench;

/// <summary>What follows the probes, timed part by part, on one trainer that owns all rows.</summary>
/// <param name="Tally">Seconds of the sums, their squares and, where there is a closed form, their alignment with it.</param>
/// <param name="Lift">Seconds to lift all rows and emit what stays.</param>
/// <param name="Threshold">Seconds of the two passes that find the cut; each lifts all rows.</param>
/// <param name="Update">What came out.</param>
internal sealed record Aggregation(double Tally, double Lift, double Threshold, SparseUpdate Update)
{
    private const double Density = 0.0118;

    public static Aggregation Run(HeadShape shape, NoiseKey key, PerturbationSpace space, OutcomeBits outcomes, ClosedForm? theory, int threads)
    {
        var sums = new int[checked(shape.VocabularySize * space.Dimension)];
        UInt128 squares = 0;
        var tally = Measurement.Seconds(() =>
        {
            OutcomeTally.AddRows(key, outcomes, space.Dimension, 0, shape.VocabularySize, sums, threads);
            squares = ExactSums.SumOfSquares(sums);
            theory?.LimitProduct(0, shape.VocabularySize, sums, threads);
        });
        var estimate = new SampledEstimate(shape, space, 0, sums, squares);
        var cut = 0f;
        var threshold = Measurement.Seconds(() => cut = Sparsifier.DensityCut(estimate, Density, threads));
        SparseUpdate? update = null;
        var lift = Measurement.Seconds(() => update = Sparsifier.Emit(estimate, cut, threads));
        return new Aggregation(tally, lift, threshold, update!);
    }
}
