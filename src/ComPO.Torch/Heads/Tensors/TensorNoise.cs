using ComPO.Core.Noise;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads.Tensors;

/// <summary>
/// The noise of <see cref="PerturbationNoise"/> by tensor operations alone, on any device, bit for bit: Philox on 32-bit words in
/// lanes of int64, whose products wrap as unsigned ones do, and a gather from the table of quantiles.
/// </summary>
internal sealed class TensorNoise : IDisposable
{
    /// <summary>The most memory that drawing takes for an entry, counting everything in between.</summary>
    public const int BytesPerEntry = 16;

    private const int TileEntries = 128;
    private const int TileCounters = 16;
    private const int WordsPerCounter = 4;

    private readonly Device _device;
    private readonly Tensor _table;

    /// <param name="device">Where the noise is made.</param>
    /// <param name="type">int32 for units of 2⁻¹² standard deviations; float32 or bfloat16 for standard deviations, both exact.</param>
    public TensorNoise(Device device, ScalarType type)
    {
        using var scope = NewDisposeScope();
        _device = device;
        var unit = type == ScalarType.Int32 ? 1 : NormalQuantileTable.UnitsPerSigma;
        var entries = Array.ConvertAll(NormalQuantileTable.Values.ToArray(), units => units / (float)unit);
        _table = tensor(entries).to(type).to(device, copy: true).DetachFromDisposeScope();
    }

    /// <summary>The most perturbations that were drawn at once so far: how far a device's launches are shared.</summary>
    public int LargestDraw { get; private set; }

    /// <summary>
    /// [perturbations, count]: consecutive entries of consecutive perturbations. A view of rows of whole tiles, so that each row lies
    /// in memory as any other does.
    /// </summary>
    public Tensor Draw(NoiseKey key, uint firstPerturbation, int perturbations, long firstPosition, int count)
    {
        using var scope = NewDisposeScope();
        LargestDraw = Math.Max(LargestDraw, perturbations);
        var firstTile = firstPosition / TileEntries;
        var tiles = (firstPosition + count + TileEntries - 1) / TileEntries - firstTile;
        var words = Philox(key, firstPerturbation, perturbations, firstTile * TileCounters, tiles * TileCounters);
        var halves = Halves(words, perturbations, tiles);
        return _table.index_select(0, halves).view(perturbations, tiles * TileEntries)
            .narrow(1, firstPosition - firstTile * TileEntries, count).MoveToOuterDisposeScope();
    }

    /// <summary>The room that one perturbation's share of <see cref="Draw"/> takes at most.</summary>
    public static long Bytes(long count) => (count + 2 * TileEntries) * BytesPerEntry;

    public void Dispose() => _table.Dispose();

    // Four words [perturbations, counters], of which the low 32 bits count.
    private Words Philox(NoiseKey key, uint firstPerturbation, int perturbations, long firstCounter, long counters)
    {
        var counter = arange(firstCounter, firstCounter + counters, ScalarType.Int64, _device).unsqueeze(0);
        using var mask = tensor(0xFFFF_FFFFL);
        using var word = tensor(32L);
        var words = new Words(
            counter.bitwise_and(mask),
            counter.bitwise_right_shift(word),
            arange((long)firstPerturbation, (long)firstPerturbation + perturbations, ScalarType.Int64, _device).unsqueeze(1),
            zeros(1, 1, ScalarType.Int64, _device));
        var (key0, key1) = (key.RunSeed, key.Iteration);
        for (var round = 0; round < Philox4x32.Rounds; round++)
        {
            words = Round(words, key0, key1, mask, word);
            key0 += Philox4x32.Weyl0;
            key1 += Philox4x32.Weyl1;
        }
        return words;
    }

    // A word that is multiplied has to be clean above its 32 bits; the low half of a product is cleaned by the round after next.
    private static Words Round(Words words, uint key0, uint key1, Tensor mask, Tensor word)
    {
        using var scope = NewDisposeScope();
        var (product0, product1) = (words.X0 * (long)Philox4x32.Multiplier0, words.X2 * (long)Philox4x32.Multiplier1);
        var next = new Words(
            (product1.bitwise_right_shift(word)).bitwise_xor(words.X1).bitwise_xor_(tensor((long)key0)).bitwise_and_(mask).MoveToOuterDisposeScope(),
            product1.MoveToOuterDisposeScope(),
            (product0.bitwise_right_shift(word)).bitwise_xor(words.X3).bitwise_xor_(tensor((long)key1)).bitwise_and_(mask).MoveToOuterDisposeScope(),
            product0.MoveToOuterDisposeScope());
        words.Dispose();
        return next;
    }

    // [perturbations · entries] int32: where each entry stands in the table. Word w of counter l of a tile makes entries 32w + 2l and
    // 32w + 2l + 1, from its low half and its high half.
    private Tensor Halves(Words words, int perturbations, long tiles)
    {
        var halves = empty([perturbations, tiles, WordsPerCounter, TileCounters, 2], ScalarType.Int32, _device);
        var all = new[] { words.X0, words.X1, words.X2, words.X3 };
        for (var w = 0; w < WordsPerCounter; w++)
        {
            using var scope = NewDisposeScope();
            var (mask, half) = (tensor(0xFFFFL), tensor(16L));
            var of = all[w].view(perturbations, tiles, TileCounters);
            var (low, high) = (halves.select(2, w).select(3, 0), halves.select(2, w).select(3, 1));
            low.copy_(of.bitwise_and(mask));
            high.copy_(of.bitwise_right_shift(half).bitwise_and_(mask));
        }
        words.Dispose();
        return halves.view(-1);
    }

    private readonly record struct Words(Tensor X0, Tensor X1, Tensor X2, Tensor X3) : IDisposable
    {
        public void Dispose()
        {
            X0.Dispose();
            X1.Dispose();
            X2.Dispose();
            X3.Dispose();
        }
    }
}
