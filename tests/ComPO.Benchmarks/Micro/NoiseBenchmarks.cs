using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using ComPO.Core.Noise;

namespace ComPO.Benchmarks.Micro;

/// <summary>Time a value of noise: Philox at each register width, quantiles by calculation and by table, and both together in each type.</summary>
public class NoiseBenchmarks
{
    private const int Values = 1 << 16;
    private const int Tiles = Values / PhiloxTile.Halves;

    private static readonly NoiseKey Key = new(1, 2);

    private readonly uint[] _words = new uint[Values / 2];
    private readonly ushort[] _narrow = new ushort[Values];
    private readonly short[] _units = new short[Values];
    private readonly float[] _wide = new float[Values];

    private ReadOnlySpan<ushort> Halves => MemoryMarshal.Cast<uint, ushort>(_words);

    [Benchmark(OperationsPerInvoke = Values)]
    public void Philox_portable()
    {
        for (var tile = 0; tile < Tiles; tile++)
            PhiloxTile.FillPortable((ulong)tile, 3, Key, _words.AsSpan(tile * PhiloxTile.Halves / 2));
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public void Philox_256_bits()
    {
        for (var tile = 0; tile < Tiles; tile++)
            PhiloxTile.FillVector256((ulong)tile, 3, Key, _words.AsSpan(tile * PhiloxTile.Halves / 2));
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public void Philox_512_bits()
    {
        for (var tile = 0; tile < Tiles; tile++)
            PhiloxTile.FillVector512((ulong)tile, 3, Key, _words.AsSpan(tile * PhiloxTile.Halves / 2));
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public void Quantiles_looked_up() => QuantileLookup.LookUp(Halves, NormalQuantileTable.BFloat16Values, _narrow.AsSpan());

    [Benchmark(OperationsPerInvoke = Values)]
    public void Quantiles_calculated_where_exact() => QuantileLookup.FillBFloat16(Halves, _narrow);

    [Benchmark(OperationsPerInvoke = Values)]
    public void Noise_in_bfloat16() => PerturbationNoise.FillBFloat16(Key, 3, 0, _narrow);

    [Benchmark(OperationsPerInvoke = Values)]
    public void Noise_in_float32() => PerturbationNoise.Fill(Key, 3, 0, _wide);

    [Benchmark(OperationsPerInvoke = Values)]
    public void Noise_in_units() => PerturbationNoise.Fill(Key, 3, 0, _units);
}
