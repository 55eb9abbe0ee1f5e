namespace ComPO.Torch.Heads;

/// <summary>The shapes of one probe: n distinct rows in k coordinates against a vocabulary of V rows.</summary>
/// <param name="Rows">n.</param>
/// <param name="Coordinates">k.</param>
/// <param name="VocabularySize">V.</param>
/// <param name="IsTriangular">Whether row t uses the first t + 1 coordinates only, as in a row space.</param>
/// <param name="Precision">The type of the products.</param>
internal readonly record struct ProbeShape(int Rows, int Coordinates, int VocabularySize, bool IsTriangular, HeadPrecision Precision)
{
    // Lower than this, matrix libraries switch kernels and round differently.
    private const int BlockRows = 64;

    public VocabularySlabs Slabs => new(VocabularySize, Coordinates, Precision);

    /// <summary>
    /// How the rows are cut for products. A triangular matrix is cut into bands of 64 rows or more, each with the columns that are not
    /// all zero: nearly half of the arithmetic falls away. The cut depends on the shape alone.
    /// </summary>
    public RowBand[] Bands
    {
        get
        {
            var count = IsTriangular ? Math.Max(1, Rows / BlockRows) : 1;
            var bands = new RowBand[count];
            for (var i = 0; i < count; i++)
            {
                var first = i * BlockRows;
                var end = i == count - 1 ? Rows : first + BlockRows;
                bands[i] = new RowBand(first, end - first, IsTriangular ? Math.Min(end, Coordinates) : Coordinates);
            }
            return bands;
        }
    }
}

/// <summary>Consecutive rows and how many of the first columns they use.</summary>
internal readonly record struct RowBand(int First, int Rows, int Columns);
