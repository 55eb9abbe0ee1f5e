using System.Runtime.InteropServices;

namespace ComPO.Core.Noise;

/// <summary>
/// The entries of perturbations: E [V, k], or Z [V, d] in the full space, row-major. Position
/// row·columns + column of perturbation i under a key is one half of one Philox word of counter
/// (tile counter low, high, i, 0), looked up in <see cref="NormalQuantileTable"/>; 128 positions share
/// the 16 counters of a tile (see <see cref="PhiloxTile"/>).
/// </summary>
public static class PerturbationNoise
{
    // Several tiles before their entries: the constants of each part stay in registers, and neither part waits for the other.
    private const int TilesAtOnce = 4;
    private const int HalvesAtOnce = TilesAtOnce * PhiloxTile.Halves;

    /// <summary>Fills consecutive entries in units of 2⁻¹² standard deviations.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="units">Receives the entries; any length.</param>
    public static void Fill(NoiseKey key, uint perturbation, long firstPosition, Span<short> units) =>
        ForEachTile<short, WriteUnits>(key, perturbation, firstPosition, units);

    /// <summary>Fills consecutive entries in standard deviations, float32; exact.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="sigmas">Receives the entries; any length.</param>
    public static void Fill(NoiseKey key, uint perturbation, long firstPosition, Span<float> sigmas) =>
        ForEachTile<float, WriteSigmas>(key, perturbation, firstPosition, sigmas);

    /// <summary>Fills consecutive entries in standard deviations, as the bits of bfloat16; exact.</summary>
    /// <param name="key">The run's seed and iteration.</param>
    /// <param name="perturbation">Which perturbation.</param>
    /// <param name="firstPosition">The position of the first entry; any.</param>
    /// <param name="sigmas">Receives the entries; any length.</param>
    public static void FillBFloat16(NoiseKey key, uint perturbation, long firstPosition, Span<ushort> sigmas) =>
        ForEachTile<ushort, WriteBFloat16>(key, perturbation, firstPosition, sigmas);

    private static void ForEachTile<T, TUse>(NoiseKey key, uint perturbation, long firstPosition, Span<T> destination)
        where TUse : struct, IUse<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstPosition);
        Span<uint> words = stackalloc uint[HalvesAtOnce / 2];
        var tile = (ulong)firstPosition / PhiloxTile.Halves;
        var offset = (int)((ulong)firstPosition % PhiloxTile.Halves);
        while (destination.Length > 0)
        {
            var tiles = (int)Math.Min(TilesAtOnce, ((long)offset + destination.Length + PhiloxTile.Halves - 1) / PhiloxTile.Halves);
            for (var t = 0; t < tiles; t++)
                PhiloxTile.Fill(tile + (uint)t, perturbation, key, words.Slice(t * PhiloxTile.Halves / 2, PhiloxTile.Halves / 2));
            // Low half before high half: the order of the bytes in memory.
            var halves = MemoryMarshal.Cast<uint, ushort>(words)[offset..(tiles * PhiloxTile.Halves)];
            var count = Math.Min(halves.Length, destination.Length);
            TUse.Use(halves[..count], destination[..count]);
            destination = destination[count..];
            tile += (uint)tiles;
            offset = 0;
        }
    }

    private interface IUse<T>
    {
        static abstract void Use(ReadOnlySpan<ushort> halves, Span<T> destination);
    }

    private readonly struct WriteUnits : IUse<short>
    {
        public static void Use(ReadOnlySpan<ushort> halves, Span<short> destination) => QuantileLookup.FillUnits(halves, destination);
    }

    private readonly struct WriteBFloat16 : IUse<ushort>
    {
        public static void Use(ReadOnlySpan<ushort> halves, Span<ushort> destination) => QuantileLookup.FillBFloat16(halves, destination);
    }

    private readonly struct WriteSigmas : IUse<float>
    {
        public static void Use(ReadOnlySpan<ushort> halves, Span<float> destination)
        {
            Span<ushort> narrow = stackalloc ushort[HalvesAtOnce];
            QuantileLookup.FillBFloat16(halves, narrow);
            BFloat16Bits.Widen(narrow[..halves.Length], destination);
        }
    }
}
