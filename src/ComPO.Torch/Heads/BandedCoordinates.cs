using ComPO.Core.Spaces;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads;

/// <summary>S [n, k], cut into bands without the columns that are zero, in the type of the products.</summary>
internal sealed class BandedCoordinates : IDisposable
{
    private readonly Tensor[] _bands;

    public BandedCoordinates(PerturbationSpace space, ProbeShape shape)
    {
        using var scope = NewDisposeScope();
        var all = frombuffer(space.Coordinates, ScalarType.Float32).reshape(shape.Rows, shape.Coordinates);
        _bands = Array.ConvertAll(shape.Bands, band => all.narrow(0, band.First, band.Rows).narrow(1, 0, band.Columns)
            .to(shape.Precision == HeadPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32, copy: true)
            .contiguous().DetachFromDisposeScope());
    }

    public Tensor this[int band] => _bands[band];

    public void Dispose()
    {
        foreach (var band in _bands)
            band.Dispose();
    }
}
