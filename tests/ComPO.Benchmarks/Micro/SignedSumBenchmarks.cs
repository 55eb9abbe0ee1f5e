using BenchmarkDotNet.Attributes;
using ComPO.Core.Noise;

namespace ComPO.Benchmarks.Micro;

/// <summary>Time to draw a value and to add it with its sign to an exact sum.</summary>
public class SignedSumBenchmarks
{
    private const int Perturbations = 256;

    private static readonly NoiseKey Key = new(1, 2);

    private readonly float[] _signs = [.. Enumerable.Range(0, Perturbations).Select(i => i % 3 == 0 ? 1f : -1f)];
    private readonly int[] _sums = new int[PhiloxTile.Halves];

    [Benchmark(OperationsPerInvoke = Perturbations * PhiloxTile.Halves)]
    public void Sums_of_looked_up_entries() => SignedSums.AddLookedUp(Key, 0, _signs, 5, _sums);

    [Benchmark(OperationsPerInvoke = Perturbations * PhiloxTile.Halves)]
    public void Sums_of_calculated_entries_where_exact() => SignedSums.Add(Key, 0, _signs, 5 * PhiloxTile.Halves, _sums);
}
