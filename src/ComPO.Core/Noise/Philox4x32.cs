using System.Runtime.CompilerServices;

namespace ComPO.Core.Noise;

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As
/// Easy as 1, 2, 3" (SC 2011). Any output can be computed alone, on any machine, in any order.
/// </summary>
public static class Philox4x32
{
    /// <summary>The factor of the first word.</summary>
    public const uint Multiplier0 = 0xD2511F53;

    /// <summary>The factor of the third word.</summary>
    public const uint Multiplier1 = 0xCD9E8D57;

    /// <summary>What the first word of the key grows by from round to round.</summary>
    public const uint Weyl0 = 0x9E3779B9;

    /// <summary>What the second word of the key grows by from round to round.</summary>
    public const uint Weyl1 = 0xBB67AE85;

    /// <summary>The rounds.</summary>
    public const int Rounds = 10;

    /// <summary>The four output words of one counter under one key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint X0, uint X1, uint X2, uint X3) Words(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var p0 = (ulong)Multiplier0 * c0;
            var p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }
}
