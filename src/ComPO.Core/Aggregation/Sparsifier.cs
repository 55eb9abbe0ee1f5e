using System.Buffers;
using ComPO.Core.Numerics;
using ComPO.Core.Updates;

namespace ComPO.Core.Aggregation;

/// <summary>
/// Thins out the rows an estimate holds. Owners of different rows count, agree on a cut, and emit; joined in
/// row order, their parts are what one owner of all rows would emit, bit for bit.
/// </summary>
/// <remarks>
/// By a density the rows are lifted three times, 32 at a time: to count high digits, to count the low digits below one of them, and to emit. An exact order
/// statistic of 31-bit magnitudes needs two counts of 65,536 bins unless all are kept or one count has 2³¹ bins; keeping the lifted rows would take the
/// memory of another head. By an absolute threshold they are lifted once.
/// </remarks>
public static class Sparsifier
{
    private const int RowsAtOnce = 32;

    /// <summary>Counts the magnitudes of all rows held, for the first or the second pass.</summary>
    public static void Count(GradientEstimate estimate, MagnitudeHistogram histogram, int threads = 1)
    {
        // Each thread counts for itself; counts add up to the same in any order.
        using var counts = new ThreadLocal<MagnitudeHistogram>(histogram.Empty, trackAllValues: true);
        OverRows(estimate, threads, (_, _, lifted) => counts.Value!.Add(lifted));
        foreach (var count in counts.Values)
            histogram.Merge(count);
    }

    /// <summary>The entries of g at or above the cut, in the rows held. A vanished estimate has none.</summary>
    /// <param name="estimate">The estimate, with the norm of the whole.</param>
    /// <param name="cut">A magnitude in the units of the lifted rows.</param>
    /// <param name="threads">How many threads share the rows.</param>
    public static SparseUpdate Emit(GradientEstimate estimate, float cut, int threads = 1)
    {
        var norm = estimate.LiftedNorm;
        if (norm == 0)
            return new SparseUpdate(estimate.Shape, [], []);
        var parts = new SparseUpdate[Pieces(estimate)];
        OverRows(estimate, threads, (piece, firstRow, lifted) =>
        {
            var (indices, values) = (new List<int>(), new List<float>());
            var start = firstRow * estimate.Shape.HiddenSize;
            for (var i = 0; i < lifted.Length; i++)
            {
                if (Math.Abs(lifted[i]) < cut)
                    continue;
                indices.Add(start + i);
                values.Add(Thresholds.Entry(lifted[i], norm));
            }
            parts[piece] = new SparseUpdate(estimate.Shape, [.. indices], [.. values]);
        });
        return SparseUpdate.Concat(estimate.Shape, parts);
    }

    /// <summary>The cut that keeps a share of the entries, for an estimate that holds all rows.</summary>
    /// <param name="estimate">The estimate.</param>
    /// <param name="density">F, above 0, at most 1.</param>
    /// <param name="threads">How many threads share the rows.</param>
    public static float DensityCut(GradientEstimate estimate, double density, int threads = 1)
    {
        var kept = Thresholds.KeptCount(density, estimate.Shape);
        var high = MagnitudeHistogram.OfHighDigits();
        Count(estimate, high, threads);
        var low = MagnitudeHistogram.OfLowDigits(Thresholds.DensityHighDigit(high, kept));
        Count(estimate, low, threads);
        return Thresholds.DensityCut(high, low, kept);
    }

    private static int Pieces(GradientEstimate estimate) => (estimate.RowCount + RowsAtOnce - 1) / RowsAtOnce;

    private static void OverRows(GradientEstimate estimate, int threads, LiftedRows work) =>
        FixedRanges.ForEach(Pieces(estimate), threads, piece =>
        {
            var rows = Math.Min(RowsAtOnce, estimate.RowCount - piece * RowsAtOnce);
            var firstRow = estimate.FirstRow + piece * RowsAtOnce;
            var buffer = ArrayPool<float>.Shared.Rent(rows * estimate.Shape.HiddenSize);
            var lifted = buffer.AsSpan(0, rows * estimate.Shape.HiddenSize);
            estimate.LiftRows(firstRow, rows, lifted);
            work(piece, firstRow, lifted);
            ArrayPool<float>.Shared.Return(buffer);
        });

    private delegate void LiftedRows(int piece, int firstRow, ReadOnlySpan<float> lifted);
}
