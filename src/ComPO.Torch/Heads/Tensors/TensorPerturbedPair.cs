using System.Runtime.InteropServices;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Spaces;
using static TorchSharp.torch;

namespace ComPO.Torch.Heads.Tensors;

/// <summary>
/// The probe of <see cref="PerturbedPair"/> by tensor operations on any device: noise, exponentials and sums of several perturbations in
/// each launch, products one by one and always of the same shapes. So an outcome depends on its perturbation alone, however many share a launch.
/// </summary>
internal sealed class TensorPerturbedPair : IDisposable
{
    // float32 exponentials overflow at 88.7; beyond this they are computed in float64.
    private const float LargestFloat32Change = 80;

    // Of the product and what its exponentials and their float64 sums take.
    private const int BytesPerChange = 28;

    // Rows of a product begin as far from each other as whole cache lines are.
    private const int Line = 64;

    private readonly TensorBase _base;
    private readonly float? _cap;
    private readonly LaunchBudget _budget;
    private readonly Device _device;
    private readonly ScalarType _type;
    private readonly int _rows;
    private readonly int _dimension;
    private readonly VocabularySlabs _slabs;
    private readonly TensorNoise _noise;
    private readonly Tensor _coordinates;
    private readonly Tensor _counts;
    private readonly SlabTargets?[] _targets;

    public TensorPerturbedPair(
        PairFeatures features, TensorBase @base, int vocabularySize, double? cap, HeadPrecision precision, LaunchBudget budget, Device device, int? slabEntries)
    {
        using var scope = NewDisposeScope();
        var space = PerturbationSpace.Of(features);
        (_base, _cap, _budget, _device) = (@base, (float?)cap, budget, device);
        (_rows, _dimension) = (features.DistinctRows, space.Dimension);
        _type = precision == HeadPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        _slabs = VocabularySlabs.OfLaunches(vocabularySize, Math.Max(_rows, _dimension), slabEntries);
        _noise = new TensorNoise(device, _type);
        _coordinates = frombuffer(space.Coordinates, ScalarType.Float32).reshape(_rows, _dimension).to(_type, copy: true).to(device).DetachFromDisposeScope();
        var counts = new double[_rows * 2];
        for (var token = 0; token < features.Targets.Length; token++)
            counts[2 * features.RowOfToken[token] + (token < features.ChosenCount ? 0 : 1)]++;
        _counts = tensor(counts, [_rows, 2], ScalarType.Float64, device).DetachFromDisposeScope();
        _targets = [.. Enumerable.Range(0, _slabs.Count).Select(slab => SlabTargets.Of(features, _slabs, slab, device))];
    }

    /// <summary>What one perturbation takes of a launch.</summary>
    public long BytesPerPerturbation =>
        TensorNoise.Bytes((long)_slabs.LargestHeight * _dimension) + (long)_slabs.LargestHeight * _rows * BytesPerChange;

    /// <summary>The most perturbations that shared a launch so far.</summary>
    public int LargestLaunch => _noise.LargestDraw;

    /// <summary>The changes of both log-probabilities, chosen and rejected in turn, under consecutive perturbations.</summary>
    /// <exception cref="ArithmeticException">A change is not a number.</exception>
    public double[] Changes(NoiseKey key, uint first, int count, float radius, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var changes = new double[2 * count];
        var atOnce = _budget.Perturbations(BytesPerPerturbation, count);
        for (var done = 0; done < count; done += atOnce)
        {
            using var scope = NewDisposeScope();
            var some = Launch(key, first + (uint)done, Math.Min(atOnce, count - done), radius, cancellation);
            MemoryMarshal.Cast<byte, double>(some.cpu().bytes).CopyTo(changes.AsSpan(2 * done));
        }
        var wrong = Array.FindIndex(changes, double.IsNaN);
        return wrong < 0 ? changes : throw ProbeFailure.NotANumber(key, first + (uint)(wrong / 2), changes[wrong & ~1], changes[wrong | 1], radius);
    }

    public void Dispose()
    {
        _noise.Dispose();
        _coordinates.Dispose();
        _counts.Dispose();
        foreach (var targets in _targets)
            targets?.Dispose();
    }

    // [perturbations, 2] float64.
    private Tensor Launch(NoiseKey key, uint first, int perturbations, float radius, CancellationToken cancellation)
    {
        var sums = zeros(perturbations, _rows, ScalarType.Float64, _device);
        var ofTargets = zeros(perturbations, 2, ScalarType.Float64, _device);
        for (var slab = 0; slab < _slabs.Count; slab++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (start, height) = (_slabs.Start(slab), _slabs.HeightOf(slab));
            var changes = Products(key, first, perturbations, start, height).mul_(radius);
            if (_cap is { } cap)
                changes = Capped(changes, _base.Tanh!.narrow(1, start, height), cap);
            if (_targets[slab] is { } targets)
                ofTargets.add_(targets.Sum(changes));
            sums.add_(ExponentialSums(changes, _base.Probabilities.narrow(1, start, height)));
        }
        // Few rows and a sum of its own for each perturbation: no product whose kernel would depend on how many there are.
        var normalisation = (sums.log1p_().unsqueeze(2) * _counts).sum(1);
        return ofTargets.sub_(normalisation);
    }

    // [perturbations, n, height] float32: S·Eᵀ in standard deviations.
    private Tensor Products(NoiseKey key, uint first, int perturbations, int start, int height)
    {
        using var scope = NewDisposeScope();
        var noise = _noise.Draw(key, first, perturbations, (long)start * _dimension, height * _dimension);
        var size = (long)_rows * height;
        var products = empty(perturbations, (size + Line - 1) / Line * Line, _type, _device);
        for (var i = 0; i < perturbations; i++)
        {
            using var inner = NewDisposeScope();
            products[i].narrow(0, 0, size).view(_rows, height).addmm_(_coordinates, noise[i].view(height, _dimension).t(), beta: 0, alpha: 1);
        }
        return products.narrow(1, 0, size).view(perturbations, _rows, height).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    // cap(x + change) − cap(x) by the addition theorem of tanh, as in LogSumExpChange.
    private static Tensor Capped(Tensor changes, Tensor tanh, float cap)
    {
        using var scope = NewDisposeScope();
        var exponential = changes.mul_(2 / cap).clamp_(-20f, 20f).expm1_();
        var step = exponential / (exponential + 2f);
        var slope = (tanh * tanh).neg_().add_(1f).mul_(cap);
        return (slope * step).div_((tanh * step).add_(1f)).MoveToOuterDisposeScope();
    }

    // [perturbations, n] float64: Σ p·(exp δ − 1) over a slab. Spends the changes.
    private static Tensor ExponentialSums(Tensor changes, Tensor probabilities)
    {
        using var scope = NewDisposeScope();
        var large = changes.gt(LargestFloat32Change);
        if (large.any().item<bool>())
        {
            var terms = (changes.expm1() * probabilities).to(ScalarType.Float64);
            var exact = changes.to(ScalarType.Float64).expm1_().mul_(probabilities);
            return where(large, exact, terms).sum(2).MoveToOuterDisposeScope();
        }
        return changes.expm1_().mul_(probabilities).sum(2, type: ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>The targets that lie in one slab.</summary>
    private sealed class SlabTargets(Tensor places, Tensor weights) : IDisposable
    {
        public static SlabTargets? Of(PairFeatures features, VocabularySlabs slabs, int slab, Device device)
        {
            var (places, weights) = (new List<long>(), new List<double>());
            for (var token = 0; token < features.Targets.Length; token++)
            {
                var (row, word, isChosen) = (features.RowOfToken[token], features.Targets[token], token < features.ChosenCount);
                if (slabs.Of(word) != slab)
                    continue;
                places.Add((long)row * slabs.HeightOf(slab) + word - slabs.Start(slab));
                weights.AddRange(isChosen ? [1, 0] : [0, 1]);
            }
            return places.Count == 0
                ? null
                : new SlabTargets(
                    tensor(places.ToArray(), device: device).DetachFromDisposeScope(),
                    tensor(weights.ToArray(), [places.Count, 2], ScalarType.Float64, device).DetachFromDisposeScope());
        }

        /// <summary>[perturbations, 2] float64.</summary>
        public Tensor Sum(Tensor changes)
        {
            using var scope = NewDisposeScope();
            var of = changes.view(changes.shape[0], -1).index_select(1, places).to(ScalarType.Float64);
            return (of.unsqueeze(2) * weights).sum(1).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            places.Dispose();
            weights.Dispose();
        }
    }
}
