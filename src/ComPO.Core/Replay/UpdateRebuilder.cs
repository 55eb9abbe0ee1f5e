using ComPO.Core.Aggregation;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;

namespace ComPO.Core.Replay;

/// <summary>
/// Computes updates again, without probing: a range of rows at a time, each once, so that beside the head there is memory for one
/// range and for the entries that are kept only.
/// </summary>
internal sealed class UpdateRebuilder(HeadShape shape, RunSettings settings, int threads, int entriesAtOnce = UpdateRebuilder.UsualEntriesAtOnce)
{
    private const int UsualEntriesAtOnce = 1 << 22;
    private const int LiftedRowsAtOnce = 32;

    private int RowsAtOnce => Math.Clamp(entriesAtOnce / shape.HiddenSize, 1, shape.VocabularySize);

    /// <summary>From the outcomes of random perturbations.</summary>
    /// <param name="space">Where they lie.</param>
    /// <param name="noise">What they were drawn by.</param>
    /// <param name="outcomes">One bit each.</param>
    /// <param name="theory">What the estimate is to be aligned with; null for nothing.</param>
    /// <param name="cancellation">Gives up between ranges.</param>
    public RebuiltUpdate FromOutcomes(PerturbationSpace space, NoiseKey noise, OutcomeBits outcomes, ClosedForm? theory, CancellationToken cancellation)
    {
        var (sumOfSquares, limitProduct) = (UInt128.Zero, Int128.Zero);
        var rebuilt = Rebuild(
            (firstRow, rowCount) =>
            {
                var sums = new int[rowCount * space.Dimension];
                OutcomeTally.AddRows(noise, outcomes, space.Dimension, firstRow, rowCount, sums, threads);
                sumOfSquares += ExactSums.SumOfSquares(sums);
                limitProduct += theory?.LimitProduct(firstRow, rowCount, sums, threads) ?? 0;
                return new SampledEstimate(shape, space, firstRow, sums, sumOfSquares);
            },
            cancellation);
        return theory is null ? rebuilt : rebuilt with { Alignment = ClosedForm.Alignment(limitProduct, sumOfSquares) };
    }

    /// <summary>From the closed form, of which nothing is drawn.</summary>
    public RebuiltUpdate FromTheory(PerturbationSpace space, ClosedForm theory, CancellationToken cancellation)
    {
        var estimate = new ExactEstimate(theory, space, settings.Perturbations);
        return Rebuild((_, _) => estimate, cancellation) with { Alignment = 1 };
    }

    /// <param name="estimateOf">An estimate that holds the rows asked for, with the norm of all rows asked for so far, or of the whole.</param>
    /// <param name="cancellation">Gives up between ranges.</param>
    private RebuiltUpdate Rebuild(Func<int, int, GradientEstimate> estimateOf, CancellationToken cancellation)
    {
        var entries = new LargestEntries(shape, settings);
        var lifted = new float[RowsAtOnce * shape.HiddenSize];
        var (liftedNorm, norm) = (0.0, 0.0);
        for (var firstRow = 0; firstRow < shape.VocabularySize; firstRow += RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            var rowCount = Math.Min(RowsAtOnce, shape.VocabularySize - firstRow);
            var estimate = estimateOf(firstRow, rowCount);
            Lift(estimate, firstRow, rowCount, lifted);
            (liftedNorm, norm) = (estimate.LiftedNorm, estimate.Norm);
            entries.Add(lifted.AsSpan(0, rowCount * shape.HiddenSize), liftedNorm);
        }
        var (update, cut) = entries.Take(liftedNorm);
        return new RebuiltUpdate(update, norm, Thresholds.Entry(cut, liftedNorm), null);
    }

    private void Lift(GradientEstimate estimate, int firstRow, int rowCount, float[] lifted) =>
        FixedRanges.ForEach((rowCount + LiftedRowsAtOnce - 1) / LiftedRowsAtOnce, threads, piece =>
        {
            var first = piece * LiftedRowsAtOnce;
            var rows = Math.Min(LiftedRowsAtOnce, rowCount - first);
            estimate.LiftRows(firstRow + first, rows, lifted.AsSpan(first * shape.HiddenSize, rows * shape.HiddenSize));
        });
}
