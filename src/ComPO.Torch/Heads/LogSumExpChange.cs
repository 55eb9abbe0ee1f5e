using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ComPO.Core.Noise;

namespace ComPO.Torch.Heads;

/// <summary>
/// The sum S = Σ_v p_v·(exp(δ_v) − 1) over part of a vocabulary, from which log1p(S) is the change of a
/// row's log-sum-exp when its logits change by δ. Summed so, the change keeps its full relative
/// precision however small it is; the difference of two log-sum-exps would lose all digits but the
/// last few. Elements are float32, sums float64, over sixteen interleaved accumulators in a fixed
/// order: every machine with fused multiply-add gives the same bits.
/// </summary>
internal static class LogSumExpChange
{
    private const int Width = 16;

    // Up to here the Taylor polynomial of degree 8 is exact to float32; beyond, exp(x) − 1 cancels no digits that matter.
    private const float PolynomialLimit = 0.5f;

    // Up to here the Taylor polynomial of tanh of degree 9 is exact to float32.
    private const float TanhPolynomialLimit = 0.25f;

    // Float32 exponentials overflow at 88.7; a radius that moves logits so far is absurd, but not an error.
    private const float LargestFloat32Change = 80;

    /// <summary>S over one slab for logits without a cap: δ = radius·product.</summary>
    public static double Sum(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> product, float radius) =>
        TrySumSmall<float, Wide>(probabilities, product, radius, out var sum) ? sum : SumAny<float, Wide>(probabilities, product, radius);

    /// <summary>The same for a product in bfloat16, held as its bits.</summary>
    public static double Sum(ReadOnlySpan<float> probabilities, ReadOnlySpan<ushort> product, float radius) =>
        TrySumSmall<ushort, Narrow>(probabilities, product, radius, out var sum) ? sum : SumAny<ushort, Narrow>(probabilities, product, radius);

    // The rule: no change is beyond the polynomial. Four vectors of terms are added in float32 before they are widened, which costs
    // them nothing that float32 had, and the largest change is looked at once, at the end.
    private static bool TrySumSmall<T, TLoad>(ReadOnlySpan<float> probabilities, ReadOnlySpan<T> product, float radius, out double sum)
        where T : unmanaged
        where TLoad : struct, ILoad<T>
    {
        const int group = 4 * Width;
        Vector512<double> low = default, high = default;
        var largest = Vector512<float>.Zero;
        var factor = Vector512.Create(radius);
        ref var p = ref MemoryMarshal.GetReference(probabilities);
        ref var x = ref MemoryMarshal.GetReference(product);
        var whole = product.Length / group * group;
        for (var v = 0; v < whole; v += group)
        {
            var at = (nuint)v;
            var a = TLoad.Load(ref x, at) * factor;
            var b = TLoad.Load(ref x, at + Width) * factor;
            var c = TLoad.Load(ref x, at + 2 * Width) * factor;
            var d = TLoad.Load(ref x, at + 3 * Width) * factor;
            largest = Vector512.MaxNative(
                Vector512.MaxNative(Vector512.MaxNative(Vector512.Abs(a), Vector512.Abs(b)), Vector512.MaxNative(Vector512.Abs(c), Vector512.Abs(d))), largest);
            var left = Vector512.FusedMultiplyAdd(
                Vector512.LoadUnsafe(ref p, at), ExpM1Polynomial(a), Vector512.LoadUnsafe(ref p, at + Width) * ExpM1Polynomial(b));
            var right = Vector512.FusedMultiplyAdd(
                Vector512.LoadUnsafe(ref p, at + 2 * Width), ExpM1Polynomial(c), Vector512.LoadUnsafe(ref p, at + 3 * Width) * ExpM1Polynomial(d));
            var terms = left + right;
            low += Vector512.WidenLower(terms);
            high += Vector512.WidenUpper(terms);
        }

        sum = Total(low, high);
        if (Vector512.GreaterThanAny(largest, Vector512.Create(PolynomialLimit)))
            return false;
        if (whole < product.Length)
            sum += SumAny<T, TLoad>(probabilities[whole..], product[whole..], radius);
        return true;
    }

    private static double SumAny<T, TLoad>(ReadOnlySpan<float> probabilities, ReadOnlySpan<T> product, float radius)
        where T : unmanaged
        where TLoad : struct, ILoad<T>
    {
        Vector512<double> low = default, high = default;
        ref var p = ref MemoryMarshal.GetReference(probabilities);
        ref var x = ref MemoryMarshal.GetReference(product);
        var whole = product.Length / Width * Width;
        for (var v = 0; v < whole; v += Width)
        {
            var change = TLoad.Load(ref x, (nuint)v) * radius;
            Add(Vector512.LoadUnsafe(ref p, (nuint)v), change, ref low, ref high);
        }

        return whole == product.Length
            ? Total(low, high)
            : Total(low, high) + SumAny<T, TLoad>(Tail(probabilities, whole, stackalloc float[Width]), Tail(product, whole, stackalloc T[Width]), radius);
    }

    /// <summary>
    /// S over one slab for soft-capped logits c·tanh(x/c): δ = cap(x + radius·product) − cap(x), by the
    /// addition theorem of tanh, which needs no difference of nearly equal numbers.
    /// <paramref name="tanh"/> is tanh(x/c).
    /// </summary>
    public static double Sum(
        ReadOnlySpan<float> probabilities, ReadOnlySpan<float> tanh, ReadOnlySpan<float> product, float radius, float cap)
    {
        Vector512<double> low = default, high = default;
        ref var p = ref MemoryMarshal.GetReference(probabilities);
        ref var t = ref MemoryMarshal.GetReference(tanh);
        ref var x = ref MemoryMarshal.GetReference(product);
        var whole = product.Length / Width * Width;
        for (var v = 0; v < whole; v += Width)
        {
            var change = CappedChange(
                Vector512.LoadUnsafe(ref t, (nuint)v), Vector512.LoadUnsafe(ref x, (nuint)v) * radius, cap);
            Add(Vector512.LoadUnsafe(ref p, (nuint)v), change, ref low, ref high);
        }

        return whole == product.Length
            ? Total(low, high)
            : Total(low, high) + Sum(Tail(probabilities, whole, stackalloc float[Width]), Tail(tanh, whole, stackalloc float[Width]),
                Tail(product, whole, stackalloc float[Width]), radius, cap);
    }

    /// <summary>The change of one capped logit: cap(x + change) − cap(x), where <paramref name="tanh"/> is tanh(x/cap).</summary>
    public static float CappedChange(float tanh, float change, float cap) =>
        CappedChange(Vector512.Create(tanh), Vector512.Create(change), cap)[0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> CappedChange(Vector512<float> tanh, Vector512<float> change, float cap)
    {
        var b = change * (1 / cap);
        var step = Vector512.GreaterThanAny(Vector512.Abs(b), Vector512.Create(TanhPolynomialLimit))
            ? Vector512.ConditionalSelect(Vector512.LessThanOrEqual(Vector512.Abs(b), Vector512.Create(TanhPolynomialLimit)), TanhPolynomial(b), Tanh(b))
            : TanhPolynomial(b);
        return cap * (Vector512<float>.One - tanh * tanh) * step / (Vector512<float>.One + tanh * step);
    }

    // (e^2b − 1)/(e^2b + 1); beyond 10 it is 1 in float32, and the exponential must not overflow.
    private static Vector512<float> Tanh(Vector512<float> b)
    {
        var e = ExpM1(Vector512.Clamp(2 * b, Vector512.Create(-20f), Vector512.Create(20f)));
        return e / (e + Vector512.Create(2f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TanhPolynomial(Vector512<float> b)
    {
        var square = b * b;
        var sum = Vector512.Create(62f / 2835);
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(-17f / 315));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(2f / 15));
        sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(-1f / 3));
        return Vector512.FusedMultiplyAdd(b * square, sum, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ExpM1(Vector512<float> x)
    {
        var small = Vector512.LessThanOrEqual(Vector512.Abs(x), Vector512.Create(PolynomialLimit));
        var polynomial = ExpM1Polynomial(x);
        return small == Vector512<float>.AllBitsSet
            ? polynomial
            : Vector512.ConditionalSelect(small, polynomial, Vector512.Exp(x) - Vector512<float>.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ExpM1Polynomial(Vector512<float> x)
    {
        var sum = Vector512.Create(1f / 40320);
        sum = Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(1f / 5040));
        sum = Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(1f / 720));
        sum = Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(1f / 120));
        sum = Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(1f / 24));
        sum = Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(1f / 6));
        sum = Vector512.FusedMultiplyAdd(sum, x, Vector512.Create(0.5f));
        return Vector512.FusedMultiplyAdd(x * x, sum, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<float> probabilities, Vector512<float> change, ref Vector512<double> low, ref Vector512<double> high)
    {
        if (!Vector512.GreaterThanAny(Vector512.Abs(change), Vector512.Create(PolynomialLimit)))
        {
            var small = probabilities * ExpM1Polynomial(change);
            low += Vector512.WidenLower(small);
            high += Vector512.WidenUpper(small);
            return;
        }
        if (Vector512.GreaterThanAny(change, Vector512.Create(LargestFloat32Change)))
        {
            low += Vector512.WidenLower(probabilities) * (Vector512.Exp(Vector512.WidenLower(change)) - Vector512<double>.One);
            high += Vector512.WidenUpper(probabilities) * (Vector512.Exp(Vector512.WidenUpper(change)) - Vector512<double>.One);
            return;
        }

        var terms = probabilities * ExpM1(change);
        low += Vector512.WidenLower(terms);
        high += Vector512.WidenUpper(terms);
    }

    private static double Total(Vector512<double> low, Vector512<double> high)
    {
        var sum = low + high;
        var total = 0.0;
        for (var lane = 0; lane < Vector512<double>.Count; lane++)
            total += sum[lane];
        return total;
    }

    // A slab whose height is no multiple of the width ends in a vector padded with zeros, which add nothing.
    private static ReadOnlySpan<T> Tail<T>(ReadOnlySpan<T> values, int from, Span<T> padded)
    {
        padded.Clear();
        values[from..].CopyTo(padded);
        return padded;
    }

    /// <summary>How sixteen elements of a product become float32.</summary>
    private interface ILoad<T>
    {
        static abstract Vector512<float> Load(ref T from, nuint at);
    }

    private readonly struct Wide : ILoad<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(ref float from, nuint at) => Vector512.LoadUnsafe(ref from, at);
    }

    private readonly struct Narrow : ILoad<ushort>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Load(ref ushort from, nuint at) => BFloat16Bits.Widen(Vector256.LoadUnsafe(ref from, at));
    }
}
