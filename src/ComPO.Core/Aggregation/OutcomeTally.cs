using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;

namespace ComPO.Core.Aggregation;

/// <summary>
/// The sum Σ s_i E_i with s_i = +1 for an improved perturbation and −1 otherwise (ComPO, Algorithm 1, with its
/// minus sign folded in). The noise is generated again, in fixed point, so the sum is exact: the same bits
/// in any order, over any division into rows, blocks and threads.
/// </summary>
public static class OutcomeTally
{
    /// <summary>The most perturbations whose sum cannot overflow an int32.</summary>
    public const int MostPerturbations = int.MaxValue / NormalQuantileTable.LargestMagnitude;

    // Sums of one block stay in the first-level cache while all perturbations pass over them.
    private const int BlockEntries = 4096;

    /// <summary>Adds the signed noise of consecutive perturbations to the sums of consecutive rows.</summary>
    /// <param name="noise">The key of this run and iteration.</param>
    /// <param name="outcomes">What the oracle answered.</param>
    /// <param name="dimension">k: the columns of a perturbation.</param>
    /// <param name="firstRow">The first row of the head.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <param name="sums">[rowCount, k] in units of 2⁻¹² standard deviations; zero before the first call.</param>
    /// <param name="threads">How many threads share the rows.</param>
    /// <param name="firstPerturbation">Which perturbation the first outcome belongs to.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is negative, or the perturbations are more than <see cref="MostPerturbations"/>.</exception>
    /// <exception cref="ArgumentException">The sums are not [rowCount, k].</exception>
    public static unsafe void AddRows(
        NoiseKey noise, OutcomeBits outcomes, int dimension, int firstRow, int rowCount, Span<int> sums, int threads = 1, int firstPerturbation = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ArgumentOutOfRangeException.ThrowIfNegative(firstPerturbation);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstPerturbation, MostPerturbations - outcomes.Count);
        if (sums.Length != (long)rowCount * dimension)
            throw new ArgumentException($"{rowCount} rows of {dimension} need {(long)rowCount * dimension} sums, not {sums.Length}.", nameof(sums));

        var start = (long)firstRow * dimension;
        var length = sums.Length;
        // Blocks begin at multiples of their size wherever the rows begin, so that no tile of noise is generated twice.
        var firstBlock = start / BlockEntries;
        var blocks = length == 0 ? 0 : (int)((start + length - 1) / BlockEntries - firstBlock + 1);
        var signs = new float[outcomes.Count];
        for (var i = 0; i < signs.Length; i++)
            signs[i] = outcomes[i] ? 1 : -1;
        fixed (int* pinned = sums)
        {
            var address = (nint)pinned;
            FixedRanges.ForEach(blocks, threads, block =>
            {
                var from = Math.Max(0, (firstBlock + block) * BlockEntries - start);
                var to = Math.Min(length, (firstBlock + block + 1) * BlockEntries - start);
                var part = new Span<int>((int*)address + from, (int)(to - from));
                SignedSums.Add(noise, (uint)firstPerturbation, signs, start + from, part);
            });
        }
    }
}
