using ComPO.Core.Noise;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads;

/// <summary>The shapes of one probe: n distinct rows in k coordinates against a vocabulary of V rows.</summary>
internal readonly record struct ProbeShape(int Rows, int Coordinates, int VocabularySize)
{
    public VocabularySlabs Slabs => new(VocabularySize, Coordinates);
}

/// <summary>
/// The memory of one probe in flight: a slab of noise [height, k], its product with the coordinates
/// [n, height], and a sum for each row. The tensors are views of managed, pinned, aligned memory, made once and
/// written in place, so that probing allocates nothing.
/// </summary>
internal sealed class ProbeScratch : IDisposable
{
    private readonly AlignedArray _noise;
    private readonly AlignedArray _product;
    private readonly Views _slab;
    private readonly Views _lastSlab;
    private readonly VocabularySlabs _slabs;

    public ProbeScratch(ProbeShape shape)
    {
        Shape = shape;
        _slabs = shape.Slabs;
        _noise = new AlignedArray(checked(_slabs.LargestHeight * shape.Coordinates));
        _product = new AlignedArray(checked(_slabs.LargestHeight * shape.Rows));
        _slab = new Views(_noise, _product, shape, _slabs.Height);
        _lastSlab = new Views(_noise, _product, shape, _slabs.LastHeight);
        RowSums = new double[shape.Rows];
    }

    public ProbeShape Shape { get; }

    /// <summary>[n] float64: the caller's sums over the vocabulary, one for each row.</summary>
    public double[] RowSums { get; }

    /// <summary>
    /// The product of the coordinates with one slab of one perturbation, [n, height] float32 in
    /// standard deviations of the noise; valid until the next call.
    /// </summary>
    public ReadOnlySpan<float> Product(Tensor coordinates, NoiseKey key, uint perturbation, int slab)
    {
        var height = _slabs.HeightOf(slab);
        var entries = height * Shape.Coordinates;
        PerturbationNoise.Fill(key, perturbation, (long)_slabs.Start(slab) * Shape.Coordinates, _noise.Span[..entries]);
        (slab == _slabs.Count - 1 ? _lastSlab : _slab).Multiply(coordinates);
        return _product.Span[..(height * Shape.Rows)];
    }

    public void Dispose()
    {
        _slab.Dispose();
        _lastSlab.Dispose();
    }

    private sealed class Views : IDisposable
    {
        private readonly Tensor _noiseTransposed;
        private readonly Tensor _product;

        public Views(AlignedArray noise, AlignedArray product, ProbeShape shape, int height)
        {
            using var scope = NewDisposeScope();
            _noiseTransposed = noise.View(height, shape.Coordinates).t().DetachFromDisposeScope();
            _product = product.View(shape.Rows, height).DetachFromDisposeScope();
        }

        public void Multiply(Tensor coordinates)
        {
            // beta = 0: the old contents are not read.
            var same = _product.addmm_(coordinates, _noiseTransposed, beta: 0, alpha: 1);
            if (!ReferenceEquals(same, _product))
                same.Dispose();
        }

        public void Dispose()
        {
            _noiseTransposed.Dispose();
            _product.Dispose();
        }
    }
}
