using ComPO.Core.Noise;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads;

/// <summary>
/// The memory of one probe in flight: a slab of noise [height, k], its product with the coordinates
/// [n, height], and a sum for each row. All of it is made once and written in place, so that probing allocates nothing. Torch
/// makes it, and so it lies aligned: matrix libraries round differently for operands that lie differently.
/// </summary>
internal sealed unsafe class ProbeScratch : IDisposable
{
    /// <summary>How many perturbations go through the vocabulary together at most: they share what a slab is multiplied with and weighed by.</summary>
    public const int PerturbationsAtOnce = 8;

    private readonly VocabularySlabs _slabs;
    private readonly Views _slab;
    private readonly Views _lastSlab;
    private readonly nint _noise;
    private readonly nint _product;
    private readonly float[] _row;
    private int _height;

    public ProbeScratch(ProbeShape shape)
    {
        Shape = shape;
        _slabs = shape.Slabs;
        RowSums = new double[PerturbationsAtOnce * shape.Rows];
        _row = shape.Precision == HeadPrecision.BFloat16 ? new float[_slabs.LargestHeight] : [];

        // .NET has no bfloat16 arrays, so the memory is torch's; the views keep it alive.
        using var scope = NewDisposeScope();
        var type = shape.Precision == HeadPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var noise = empty((long)_slabs.LargestHeight * shape.Coordinates, type);
        var product = empty((long)_slabs.LargestHeight * shape.Rows, type);
        (_noise, _product) = (AddressOf(noise), AddressOf(product));
        (_slab, _lastSlab) = (new Views(noise, product, shape, _slabs.Height), new Views(noise, product, shape, _slabs.LastHeight));
    }

    public ProbeShape Shape { get; }

    /// <summary>[perturbations, n] float64: the caller's sums over the vocabulary, one for each row.</summary>
    public double[] RowSums { get; }

    /// <summary>Multiplies the coordinates with one slab of one perturbation.</summary>
    public void Multiply(BandedCoordinates coordinates, NoiseKey key, uint perturbation, int slab)
    {
        _height = _slabs.HeightOf(slab);
        var (entries, position) = (_height * Shape.Coordinates, (long)_slabs.Start(slab) * Shape.Coordinates);
        if (Shape.Precision == HeadPrecision.BFloat16)
            PerturbationNoise.FillBFloat16(key, perturbation, position, new Span<ushort>((ushort*)_noise, entries));
        else
            PerturbationNoise.Fill(key, perturbation, position, new Span<float>((float*)_noise, entries));
        (slab == _slabs.Count - 1 ? _lastSlab : _slab).Multiply(coordinates);
    }

    /// <summary>One row of the last product, [height] float32 in standard deviations of the noise; valid until the next call.</summary>
    public ReadOnlySpan<float> ProductRow(int row)
    {
        if (Shape.Precision == HeadPrecision.Float32)
            return new ReadOnlySpan<float>((float*)_product + (nint)row * _height, _height);
        BFloat16Bits.Widen(NarrowProductRow(row), _row);
        return _row.AsSpan(0, _height);
    }

    /// <summary>One row of the last product as the bits of bfloat16; valid until the next call.</summary>
    public ReadOnlySpan<ushort> NarrowProductRow(int row) => new((ushort*)_product + (nint)row * _height, _height);

    /// <summary>One entry of the last product, in standard deviations of the noise.</summary>
    public float Product(int row, int word)
    {
        var at = (nint)row * _height + word;
        return Shape.Precision == HeadPrecision.Float32
            ? ((float*)_product)[at]
            : BitConverter.UInt32BitsToSingle((uint)((ushort*)_product)[at] << 16);
    }

    public void Dispose()
    {
        _slab.Dispose();
        _lastSlab.Dispose();
    }

    private static nint AddressOf(Tensor tensor)
    {
        fixed (byte* address = tensor.bytes)
            return (nint)address;
    }

    private sealed class Views : IDisposable
    {
        private readonly Tensor[] _noiseTransposed;
        private readonly Tensor[] _products;

        public Views(Tensor noise, Tensor product, ProbeShape shape, int height)
        {
            using var scope = NewDisposeScope();
            var slab = noise.narrow(0, 0, (long)height * shape.Coordinates).view(height, shape.Coordinates);
            var result = product.narrow(0, 0, (long)height * shape.Rows).view(shape.Rows, height);
            _noiseTransposed = Array.ConvertAll(shape.Bands, band => slab.narrow(1, 0, band.Columns).t().DetachFromDisposeScope());
            _products = Array.ConvertAll(shape.Bands, band => result.narrow(0, band.First, band.Rows).DetachFromDisposeScope());
        }

        public void Multiply(BandedCoordinates coordinates)
        {
            for (var band = 0; band < _products.Length; band++)
            {
                // beta = 0: the old contents are not read.
                var same = _products[band].addmm_(coordinates[band], _noiseTransposed[band], beta: 0, alpha: 1);
                if (!ReferenceEquals(same, _products[band]))
                    same.Dispose();
            }
        }

        public void Dispose()
        {
            foreach (var view in _noiseTransposed)
                view.Dispose();
            foreach (var view in _products)
                view.Dispose();
        }
    }
}
