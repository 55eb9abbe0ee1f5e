using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads;

/// <summary>
/// Pinned float32 memory that begins at a multiple of 64 bytes, as tensors that torch allocates do. Matrix libraries round differently
/// for operands that lie differently, and where the runtime puts an ordinary array is chance.
/// </summary>
internal sealed class AlignedArray
{
    private const int AlignmentBytes = 64;

    private readonly float[] _padded;
    private readonly int _start;
    private readonly int _count;

    /// <summary>Memory for some values, whose contents are undefined.</summary>
    public AlignedArray(int count)
    {
        _padded = GC.AllocateUninitializedArray<float>(checked(count + AlignmentBytes / sizeof(float)), pinned: true);
        var beyond = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(_padded, 0) % AlignmentBytes);
        (_start, _count) = ((AlignmentBytes - beyond) % AlignmentBytes / sizeof(float), count);
    }

    /// <summary>The values.</summary>
    public Span<float> Span => _padded.AsSpan(_start, _count);

    /// <summary>The first values as a tensor of this shape that shares the memory.</summary>
    public Tensor View(long rows, long columns) => frombuffer(_padded, ScalarType.Float32).narrow(0, _start, rows * columns).reshape(rows, columns);
}
