using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;
using ComPO.Torch.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace ComPO.Node.Bench;

/// <summary>
/// The comparison oracle in float64 from the head on, by torch's own log-softmax: logits of the base and of the perturbed head, their
/// log-probabilities, and the rule. Shares nothing with the engine but the noise.
/// </summary>
internal sealed class Float64Oracle : IDisposable
{
    private const int SlabRows = 2048;

    private readonly PairFeatures _features;
    private readonly PerturbationSpace _space;
    private readonly int _vocabularySize;
    private readonly int _threads;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _logits;
    private readonly Tensor _coordinates;
    private readonly Tensor _rows;
    private readonly Tensor _targets;
    private readonly (double Chosen, double Rejected) _before;

    public Float64Oracle(HeadWeights head, PairFeatures features, int threads)
    {
        (_features, _space, _vocabularySize, _threads) = (features, PerturbationSpace.Of(features), head.Shape.VocabularySize, threads);
        using var own = TorchThreads.Use(threads);
        var n = features.DistinctRows;
        _logits = zeros(n, _vocabularySize, ScalarType.Float64);
        _coordinates = tensor(_space.Coordinates).reshape(n, _space.Dimension).to(ScalarType.Float64);
        _rows = tensor(Array.ConvertAll(features.RowOfToken, row => (long)row));
        _targets = tensor(Array.ConvertAll(features.Targets, token => (long)token));
        var hidden = tensor(features.HiddenStates).reshape(n, features.HiddenSize).to(ScalarType.Float64);
        AddProduct(_logits, hidden, head.Shape.HiddenSize, (first, slab) => head.Values.AsSpan(first * head.Shape.HiddenSize, slab.Length).CopyTo(slab), 1);
        _before = LogProbabilities(_logits);
    }

    /// <summary>Whether one perturbation improves.</summary>
    public bool IsImproved(NoiseKey key, uint perturbation, double radius)
    {
        using var own = TorchThreads.Use(_threads);
        using var scope = NewDisposeScope();
        var moved = _logits.clone();
        AddProduct(moved, _coordinates, _space.Dimension,
            (first, slab) => PerturbationNoise.Fill(key, perturbation, (long)first * _space.Dimension, slab), radius);
        var after = LogProbabilities(moved);
        return after.Chosen > _before.Chosen && after.Rejected < _before.Rejected;
    }

    public void Dispose() => _scope.Dispose();

    private delegate void FillSlab(int firstRow, Span<float> slab);

    private void AddProduct(Tensor logits, Tensor left, int columns, FillSlab fill, double factor)
    {
        var slab = new float[SlabRows * columns];
        for (var first = 0; first < _vocabularySize; first += SlabRows)
        {
            using var scope = NewDisposeScope();
            var height = Math.Min(SlabRows, _vocabularySize - first);
            fill(first, slab.AsSpan(0, height * columns));
            var right = frombuffer(slab, ScalarType.Float32, (long)height * columns).reshape(height, columns).to(ScalarType.Float64);
            logits.narrow(1, first, height).addmm_(left, right.t(), beta: 1, alpha: (float)factor);
        }
    }

    private (double Chosen, double Rejected) LogProbabilities(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var each = (logits[_rows, _targets] - logits.logsumexp(1)[_rows]).data<double>().ToArray();
        return (each[.._features.ChosenCount].Sum(), each[_features.ChosenCount..].Sum());
    }
}
