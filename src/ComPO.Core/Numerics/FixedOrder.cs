using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ComPO.Core.Numerics;

/// <summary>
/// Sums and products whose order of operations is fixed: eight float64 lanes, fused multiply-adds,
/// lanes added pairwise at the end. A machine with narrower registers does the same
/// operations in the same order, so the bits are the same everywhere.
/// </summary>
internal static class FixedOrder
{
    /// <summary>Σ x·y in float64.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var sum = Vector512<double>.Zero;
        ref var x0 = ref MemoryMarshal.GetReference(x);
        ref var y0 = ref MemoryMarshal.GetReference(y);
        var i = 0;
        for (; i <= x.Length - Vector512<double>.Count; i += Vector512<double>.Count)
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x0, (nuint)i), Vector512.LoadUnsafe(ref y0, (nuint)i), sum);
        var total = AddLanes(sum);
        for (; i < x.Length; i++)
            total = Math.FusedMultiplyAdd(x[i], y[i], total);
        return total;
    }

    /// <summary>Σ x·y of float32 values, accumulated in float64.</summary>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = Vector512<double>.Zero;
        ref var x0 = ref MemoryMarshal.GetReference(x);
        ref var y0 = ref MemoryMarshal.GetReference(y);
        var i = 0;
        for (; i <= x.Length - Vector512<double>.Count; i += Vector512<double>.Count)
            sum = Vector512.FusedMultiplyAdd(Widen(ref x0, i), Widen(ref y0, i), sum);
        var total = AddLanes(sum);
        for (; i < x.Length; i++)
            total = Math.FusedMultiplyAdd(x[i], y[i], total);
        return total;
    }

    /// <summary>destination += factor·x in float64.</summary>
    public static void AddScaled(Span<double> destination, double factor, ReadOnlySpan<double> x)
    {
        var wide = Vector512.Create(factor);
        ref var d0 = ref MemoryMarshal.GetReference(destination);
        ref var x0 = ref MemoryMarshal.GetReference(x);
        var i = 0;
        for (; i <= x.Length - Vector512<double>.Count; i += Vector512<double>.Count)
            Vector512.FusedMultiplyAdd(wide, Vector512.LoadUnsafe(ref x0, (nuint)i), Vector512.LoadUnsafe(ref d0, (nuint)i))
                .StoreUnsafe(ref d0, (nuint)i);
        for (; i < x.Length; i++)
            destination[i] = Math.FusedMultiplyAdd(factor, x[i], destination[i]);
    }

    /// <summary>destination += factor·x, float32 values into float64 sums.</summary>
    public static void AddScaled(Span<double> destination, double factor, ReadOnlySpan<float> x)
    {
        var wide = Vector512.Create(factor);
        ref var d0 = ref MemoryMarshal.GetReference(destination);
        ref var x0 = ref MemoryMarshal.GetReference(x);
        var i = 0;
        for (; i <= x.Length - Vector512<double>.Count; i += Vector512<double>.Count)
            Vector512.FusedMultiplyAdd(wide, Widen(ref x0, i), Vector512.LoadUnsafe(ref d0, (nuint)i)).StoreUnsafe(ref d0, (nuint)i);
        for (; i < x.Length; i++)
            destination[i] = Math.FusedMultiplyAdd(factor, x[i], destination[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Widen(ref float x, int index)
    {
        var (lower, upper) = Vector256.Widen(Vector256.LoadUnsafe(ref x, (nuint)index));
        return Vector512.Create(lower, upper);
    }

    private static double AddLanes(Vector512<double> sum) =>
        ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}
