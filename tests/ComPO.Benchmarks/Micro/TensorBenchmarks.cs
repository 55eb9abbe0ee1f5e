using BenchmarkDotNet.Attributes;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Torch.Heads;
using ComPO.Torch.Heads.Tensors;
using ComPO.Torch.Native;
using static TorchSharp.torch;

namespace ComPO.Benchmarks.Micro;

/// <summary>The tensor path on one thread of a processor, where it is never chosen, beside what is: a value of noise, and a probe of V = 4000, k = 64.</summary>
public class TensorBenchmarks : IDisposable
{
    private const int Values = 1 << 20;
    private const int Perturbations = 16;
    private const int Vocabulary = 4000, Hidden = 512, Answer = 32;

    private TensorNoise? _noise;
    private TensorHeadEngine? _tensors;
    private TorchHeadEngine? _vectors;
    private IPreparedPair? _onTensors;
    private IPreparedPair? _onVectors;

    [GlobalSetup]
    public void Prepare()
    {
        Libtorch.EnsureLoaded();
        _noise = new TensorNoise(CPU, ScalarType.BFloat16);
        _tensors = new TensorHeadEngine("cpu", 1, HeadPrecision.BFloat16);
        _vectors = new TorchHeadEngine(1, HeadPrecision.BFloat16);
        var (states, weights) = (new float[2 * Answer * Hidden], new float[Vocabulary * Hidden]);
        PerturbationNoise.Fill(new NoiseKey(1, 2), 3, 0, states);
        PerturbationNoise.Fill(new NoiseKey(1, 2), 4, 0, weights);
        for (var i = 0; i < weights.Length; i++)
            weights[i] *= 0.02f;
        var head = new HeadWeights(new HeadShape(Vocabulary, Hidden), weights);
        var features = PairFeatures.Create(states, [.. Enumerable.Range(1, 2 * Answer).Select(t => 61 * t)], Answer, Hidden, PerturbationSpaceKind.Row);
        (_onTensors, _onVectors) = (_tensors.Prepare(head, null, features), _vectors.Prepare(head, null, features));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _onTensors?.Dispose();
        _onVectors?.Dispose();
        _tensors?.Dispose();
        _vectors?.Dispose();
        _noise?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Values)]
    public void Noise_by_tensor_operations()
    {
        using var threads = TorchThreads.Use(1);
        _noise!.Draw(new NoiseKey(1, 2), 0, 1, 0, Values).Dispose();
    }

    [Benchmark(OperationsPerInvoke = Perturbations)]
    public void Probe_by_tensor_operations() => _onTensors!.Probe(new NoiseKey(1, 2), 5e-4, 0, Perturbations, CancellationToken.None);

    [Benchmark(OperationsPerInvoke = Perturbations)]
    public void Probe_by_vector_units() => _onVectors!.Probe(new NoiseKey(1, 2), 5e-4, 0, Perturbations, CancellationToken.None);
}
