namespace ComPO.Torch.Heads;

/// <summary>
/// How a head's rows are cut for products: slabs of one fixed height, the remainder in the last. The
/// cut depends on the shapes alone, so every product of a probe has the same shape on every machine
/// and in every block, and therefore the same bits. No slab is lower than 64 rows (unless the
/// vocabulary is): below that matrix libraries switch kernels and round differently.
/// </summary>
internal readonly record struct VocabularySlabs
{
    private const int LowestSlab = 64;
    private const int HighestSlab = 512;

    // A slab of noise should stay in a second-level cache together with its product: 2^17 floats are half a megabyte.
    private const int SlabEntries = 1 << 17;

    // bfloat16 takes half the room, and its products are so fast that the cost of calling for one shows in low slabs.
    private const int HighestNarrowSlab = 1024;
    private const int NarrowSlabEntries = 1 << 19;

    private readonly int _vocabularySize;

    // A device works through millions of entries in the time it takes to start a kernel.
    private const int LaunchEntries = 1 << 21;

    public VocabularySlabs(int vocabularySize, int columns, HeadPrecision precision = HeadPrecision.Float32)
        : this(
            vocabularySize, columns,
            precision == HeadPrecision.BFloat16 ? NarrowSlabEntries : SlabEntries,
            precision == HeadPrecision.BFloat16 ? HighestNarrowSlab : HighestSlab)
    {
    }

    private VocabularySlabs(int vocabularySize, int columns, int entries, int highest)
    {
        _vocabularySize = vocabularySize;
        var wanted = Math.Clamp(entries / columns, LowestSlab, highest) / LowestSlab * LowestSlab;
        Count = Math.Max(1, vocabularySize / wanted);
        if (Count * (long)wanted + LowestSlab <= vocabularySize)
            Count++;
        Height = Count == 1 ? vocabularySize : wanted;
    }

    /// <summary>Slabs for launches on a device: high ones, so that there are few.</summary>
    /// <param name="vocabularySize">V.</param>
    /// <param name="columns">The widest that stands beside a slab's rows.</param>
    /// <param name="entries">About how many entries a slab has; by default as many as suit a device.</param>
    public static VocabularySlabs OfLaunches(int vocabularySize, int columns, int? entries = null) =>
        new(vocabularySize, columns, entries ?? LaunchEntries, int.MaxValue / 2);

    /// <summary>Rows of every slab but the last.</summary>
    public int Height { get; }

    /// <summary>Number of slabs.</summary>
    public int Count { get; }

    /// <summary>Rows of the last slab: 64 at least, or the whole vocabulary.</summary>
    public int LastHeight => _vocabularySize - (Count - 1) * Height;

    /// <summary>Rows of the highest slab.</summary>
    public int LargestHeight => Math.Max(Height, LastHeight);

    public int Start(int slab) => slab * Height;

    public int HeightOf(int slab) => slab == Count - 1 ? LastHeight : Height;

    public int Of(int row) => Math.Min(row / Height, Count - 1);
}
