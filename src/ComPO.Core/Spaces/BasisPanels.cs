using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ComPO.Core.Spaces;

/// <summary>
/// The basis Qᵀ [k, d] cut into panels of 32 columns that lie together, so that a panel stays in the first-level cache while
/// rows are multiplied by it, four at a time, with their sums in registers. Each output is Σ_c s_c·q_c in the order of c, by fused
/// multiply-adds from zero, whatever the machine's register width and however many rows there are.
/// </summary>
internal sealed class BasisPanels
{
    private const int Width = 32;
    private const int Lanes = Width / 2;
    private const int RowsAtOnce = 4;

    private readonly int _hiddenSize;
    private readonly int _dimension;
    private readonly float[] _panels;

    /// <summary>Packs a basis [k, d].</summary>
    public BasisPanels(float[] basis, int hiddenSize)
    {
        (_hiddenSize, _dimension) = (hiddenSize, basis.Length / hiddenSize);
        var panels = (hiddenSize + Width - 1) / Width;
        _panels = new float[panels * _dimension * Width];
        for (var panel = 0; panel < panels; panel++)
            for (var c = 0; c < _dimension; c++)
            {
                var first = panel * Width;
                basis.AsSpan(c * hiddenSize + first, Math.Min(Width, hiddenSize - first))
                    .CopyTo(_panels.AsSpan((panel * _dimension + c) * Width));
            }
    }

    /// <summary>rows [count, k] times Qᵀ into products [count, d].</summary>
    public void Multiply(ReadOnlySpan<float> rows, Span<float> products)
    {
        var count = rows.Length / _dimension;
        Span<float> block = stackalloc float[RowsAtOnce * Width];
        for (var first = 0; first < _hiddenSize; first += Width)
        {
            var panel = _panels.AsSpan(first * _dimension, _dimension * Width);
            var width = Math.Min(Width, _hiddenSize - first);
            for (var row = 0; row < count; row += RowsAtOnce)
            {
                var taken = Math.Min(RowsAtOnce, count - row);
                if (taken == RowsAtOnce)
                    MultiplyFour(rows.Slice(row * _dimension, RowsAtOnce * _dimension), panel, block);
                else
                    for (var r = 0; r < taken; r++)
                        MultiplyOne(rows.Slice((row + r) * _dimension, _dimension), panel, block[(r * Width)..]);
                for (var r = 0; r < taken; r++)
                    block.Slice(r * Width, width).CopyTo(products[((row + r) * _hiddenSize + first)..]);
            }
        }
    }

    private void MultiplyFour(ReadOnlySpan<float> rows, ReadOnlySpan<float> panel, Span<float> block)
    {
        var (a0, a1, b0, b1) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var (c0, c1, d0, d1) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        ref var column = ref MemoryMarshal.GetReference(panel);
        var a = rows[.._dimension];
        var b = rows.Slice(_dimension, a.Length);
        var c = rows.Slice(2 * _dimension, a.Length);
        var d = rows.Slice(3 * _dimension, a.Length);
        for (var i = 0; i < a.Length; i++)
        {
            var left = Vector512.LoadUnsafe(ref column, (nuint)(i * Width));
            var right = Vector512.LoadUnsafe(ref column, (nuint)(i * Width + Lanes));
            var factor = Vector512.Create(a[i]);
            (a0, a1) = (Vector512.FusedMultiplyAdd(factor, left, a0), Vector512.FusedMultiplyAdd(factor, right, a1));
            factor = Vector512.Create(b[i]);
            (b0, b1) = (Vector512.FusedMultiplyAdd(factor, left, b0), Vector512.FusedMultiplyAdd(factor, right, b1));
            factor = Vector512.Create(c[i]);
            (c0, c1) = (Vector512.FusedMultiplyAdd(factor, left, c0), Vector512.FusedMultiplyAdd(factor, right, c1));
            factor = Vector512.Create(d[i]);
            (d0, d1) = (Vector512.FusedMultiplyAdd(factor, left, d0), Vector512.FusedMultiplyAdd(factor, right, d1));
        }
        Store(a0, a1, block);
        Store(b0, b1, block[Width..]);
        Store(c0, c1, block[(2 * Width)..]);
        Store(d0, d1, block[(3 * Width)..]);
    }

    private static void MultiplyOne(ReadOnlySpan<float> row, ReadOnlySpan<float> panel, Span<float> block)
    {
        var (left, right) = (Vector512<float>.Zero, Vector512<float>.Zero);
        ref var column = ref MemoryMarshal.GetReference(panel);
        for (var i = 0; i < row.Length; i++)
        {
            var factor = Vector512.Create(row[i]);
            left = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref column, (nuint)(i * Width)), left);
            right = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref column, (nuint)(i * Width + Lanes)), right);
        }
        Store(left, right, block);
    }

    private static void Store(Vector512<float> left, Vector512<float> right, Span<float> block)
    {
        left.CopyTo(block);
        right.CopyTo(block[Lanes..]);
    }
}
