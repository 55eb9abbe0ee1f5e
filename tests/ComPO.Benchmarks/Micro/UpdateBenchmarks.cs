using BenchmarkDotNet.Attributes;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;
using ComPO.Core.Updates;

namespace ComPO.Benchmarks.Micro;

/// <summary>Time an entry of the head to lift it (k = 256), and time a kept entry to write and to read an update.</summary>
public class UpdateBenchmarks
{
    private const int Rows = 32, Tokens = 256, Hidden = 4096;
    private const int Kept = 100_000, Gap = 85;

    private readonly PerturbationSpace _space;
    private readonly int[] _sums = new int[Rows * Tokens];
    private readonly float[] _lifted = new float[Rows * Hidden];
    private readonly SparseUpdate _update;
    private readonly byte[] _encoded;

    public UpdateBenchmarks()
    {
        var states = new float[Tokens * Hidden];
        PerturbationNoise.Fill(new NoiseKey(1, 2), 3, 0, states);
        _space = PerturbationSpace.Of(PairFeatures.Create(states, new int[Tokens], Tokens / 2, Hidden, PerturbationSpaceKind.Row));
        for (var i = 0; i < _sums.Length; i++)
            _sums[i] = 7919 * i % 100_003;
        var shape = new HeadShape(Kept * Gap / Hidden + 1, Hidden);
        _update = new SparseUpdate(shape, [.. Enumerable.Range(0, Kept).Select(i => i * Gap + i % Gap)], [.. states.Take(Kept)]);
        _encoded = _update.Encode();
    }

    [Benchmark(OperationsPerInvoke = Rows * Hidden)]
    public void Lift_an_entry() => _space.Lift(_sums, _lifted);

    [Benchmark(OperationsPerInvoke = Kept)]
    public byte[] Encode_an_entry() => _update.Encode();

    [Benchmark(OperationsPerInvoke = Kept)]
    public SparseUpdate Decode_an_entry() => SparseUpdate.Decode(_update.Shape, _encoded);
}
