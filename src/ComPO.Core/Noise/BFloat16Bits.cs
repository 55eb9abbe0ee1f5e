using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ComPO.Core.Noise;

/// <summary>Conversions of bfloat16 numbers, held as their bits: the high half of a float32.</summary>
public static class BFloat16Bits
{
    /// <summary>The same numbers as float32.</summary>
    /// <param name="narrow">Bits of bfloat16.</param>
    /// <param name="wide">Receives the numbers; at least as long.</param>
    public static void Widen(ReadOnlySpan<ushort> narrow, Span<float> wide)
    {
        wide = wide[..narrow.Length];
        ref var from = ref MemoryMarshal.GetReference(narrow);
        ref var to = ref MemoryMarshal.GetReference(wide);
        var i = 0;
        for (; i <= narrow.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref from, (nuint)i));
            (lower << 16).AsSingle().StoreUnsafe(ref to, (nuint)i);
            (upper << 16).AsSingle().StoreUnsafe(ref to, (nuint)(i + Vector512<float>.Count));
        }
        for (; i < narrow.Length; i++)
            wide[i] = BitConverter.UInt32BitsToSingle((uint)narrow[i] << 16);
    }

    /// <summary>Sixteen of the same numbers as float32.</summary>
    /// <param name="narrow">Bits of bfloat16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> narrow) =>
        ((Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(narrow) : Vector512.Create(Vector256.WidenLower(narrow), Vector256.WidenUpper(narrow))) << 16)
        .AsSingle();
}
