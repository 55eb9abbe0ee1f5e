using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ComPO.Core.Noise;

/// <summary>The entries of <see cref="NormalQuantileTable"/> for many random halves: calculated where that is exact and faster, else looked up.</summary>
internal static class QuantileLookup
{
    // Two registers: what is loaded for one serves the other.
    private const int AtOnce = 64;

    /// <summary>Entries in units of 2⁻¹² standard deviations.</summary>
    public static void FillUnits(ReadOnlySpan<ushort> halves, Span<short> units)
    {
        var calculated = 0;
        if (CalculatedQuantiles.IsExact)
        {
            ref var half = ref MemoryMarshal.GetReference(halves);
            ref var entry = ref MemoryMarshal.GetReference(units[..halves.Length]);
            for (; calculated <= halves.Length - AtOnce; calculated += AtOnce)
            {
                var (first, second) = ((nuint)calculated, (nuint)calculated + AtOnce / 2);
                CalculatedQuantiles.Units(Vector512.LoadUnsafe(ref half, first)).StoreUnsafe(ref entry, first);
                CalculatedQuantiles.Units(Vector512.LoadUnsafe(ref half, second)).StoreUnsafe(ref entry, second);
            }
        }
        LookUp(halves[calculated..], NormalQuantileTable.Values, units[calculated..]);
    }

    /// <summary>Entries in standard deviations, as the bits of bfloat16.</summary>
    public static void FillBFloat16(ReadOnlySpan<ushort> halves, Span<ushort> sigmas)
    {
        var calculated = 0;
        if (CalculatedQuantiles.IsExact)
        {
            ref var half = ref MemoryMarshal.GetReference(halves);
            ref var entry = ref MemoryMarshal.GetReference(sigmas[..halves.Length]);
            for (; calculated <= halves.Length - AtOnce; calculated += AtOnce)
            {
                var (first, second) = ((nuint)calculated, (nuint)calculated + AtOnce / 2);
                CalculatedQuantiles.BFloat16(Vector512.LoadUnsafe(ref half, first)).StoreUnsafe(ref entry, first);
                CalculatedQuantiles.BFloat16(Vector512.LoadUnsafe(ref half, second)).StoreUnsafe(ref entry, second);
            }
        }
        LookUp(halves[calculated..], NormalQuantileTable.BFloat16Values, sigmas[calculated..]);
    }

    // Sixteen bits cannot point outside 65,536 entries: there is nothing to check.
    internal static void LookUp<T>(ReadOnlySpan<ushort> halves, ReadOnlySpan<T> table, Span<T> entries)
    {
        ref var half = ref MemoryMarshal.GetReference(halves);
        ref var value = ref MemoryMarshal.GetReference(table);
        ref var entry = ref MemoryMarshal.GetReference(entries[..halves.Length]);
        nuint i = 0;
        for (; i + 4 <= (nuint)halves.Length; i += 4)
        {
            var a = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i));
            var b = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i + 1));
            var c = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i + 2));
            var d = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i + 3));
            Unsafe.Add(ref entry, i) = a;
            Unsafe.Add(ref entry, i + 1) = b;
            Unsafe.Add(ref entry, i + 2) = c;
            Unsafe.Add(ref entry, i + 3) = d;
        }
        for (; i < (nuint)halves.Length; i++)
            Unsafe.Add(ref entry, i) = Unsafe.Add(ref value, (nuint)Unsafe.Add(ref half, i));
    }
}
