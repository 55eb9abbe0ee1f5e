using BenchmarkDotNet.Attributes;
using ComPO.Core.Noise;
using ComPO.Torch.Heads;

namespace ComPO.Benchmarks.Micro;

/// <summary>Time a logit of the change of log-sum-exp: p·(exp δ − 1), summed in float64.</summary>
public class LogSumExpBenchmarks
{
    // A row of a slab: in the first-level cache, as in a probe.
    private const int Height = 1024;

    // Large changes leave the polynomial for the exponential.
    private const float Small = 0.03f, Large = 3f;

    private readonly float[] _probabilities = new float[Height];
    private readonly float[] _tanh = new float[Height];
    private readonly float[] _wide = new float[Height];
    private readonly ushort[] _narrow = new ushort[Height];

    public LogSumExpBenchmarks()
    {
        Array.Fill(_probabilities, 1f / 32_000);
        PerturbationNoise.Fill(new NoiseKey(1, 2), 3, 0, _wide);
        PerturbationNoise.FillBFloat16(new NoiseKey(1, 2), 3, 0, _narrow);
        for (var v = 0; v < Height; v++)
            _tanh[v] = MathF.Tanh(_wide[v] / 30);
    }

    [Benchmark(OperationsPerInvoke = Height)]
    public double Small_changes_in_bfloat16() => LogSumExpChange.Sum(_probabilities, _narrow, Small);

    [Benchmark(OperationsPerInvoke = Height)]
    public double Small_changes_in_float32() => LogSumExpChange.Sum(_probabilities, _wide, Small);

    [Benchmark(OperationsPerInvoke = Height)]
    public double Large_changes_in_float32() => LogSumExpChange.Sum(_probabilities, _wide, Large);

    [Benchmark(OperationsPerInvoke = Height)]
    public double Soft_capped_changes_in_float32() => LogSumExpChange.Sum(_probabilities, _tanh, _wide, Small, 30f);
}
