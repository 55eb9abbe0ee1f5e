using ComPO.Core.Heads;

namespace ComPO.Core.Aggregation;

/// <summary>
/// An estimate u of the direction in which a pair improves (ComPO, Algorithm 1), before it is normalised, thinned out
/// and applied. It may hold a range of the head's rows only; its norm is that of the whole.
/// </summary>
public abstract class GradientEstimate
{
    private protected GradientEstimate(HeadShape shape, int firstRow, int rowCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowCount, shape.VocabularySize - firstRow);
        (Shape, FirstRow, RowCount) = (shape, firstRow, rowCount);
    }

    /// <summary>The head's shape.</summary>
    public HeadShape Shape { get; }

    /// <summary>The first row it holds.</summary>
    public int FirstRow { get; }

    /// <summary>How many rows it holds.</summary>
    public int RowCount { get; }

    /// <summary>‖u‖ of the whole head, in standard deviations of the noise.</summary>
    public abstract double Norm { get; }

    /// <summary>‖u‖ of the whole head, in the units of <see cref="LiftRows"/>: entry ℓ of a lifted row is entry ℓ/LiftedNorm of g.</summary>
    public abstract double LiftedNorm { get; }

    /// <summary>Computes rows of u, in a fixed order of operations.</summary>
    /// <param name="firstRow">The first row of the head; inside the range held.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <param name="lifted">Receives [rowCount, d].</param>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not all in the range held.</exception>
    public abstract void LiftRows(int firstRow, int rowCount, Span<float> lifted);

    private protected void RefuseRowsNotHeld(int firstRow, int rowCount)
    {
        if (firstRow < FirstRow || rowCount < 0 || rowCount > FirstRow + RowCount - firstRow)
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow,
                $"Rows {FirstRow} to {FirstRow + RowCount - 1} are held; {rowCount} rows from {firstRow} were asked for.");
    }
}
