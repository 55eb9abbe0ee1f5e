using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;

namespace ComPO.Torch.Heads;

/// <summary>
/// The probe itself: how one perturbation changes the log-probabilities of a pair's answers,
/// Δlogp = Σ_tokens δ_target − Σ_rows count·log1p(Σ_v p_v·(exp δ_v − 1)), with δ = r·S·Eᵀ (Z = E Qᵀ).
/// Judging the changes themselves is the comparison rule without its rounding: a difference of two
/// sums of hundreds of log-probabilities would drown the change in their last digits. Every
/// perturbation is computed alone, with the same shapes in the same order, so its outcome does not
/// depend on its neighbours, on the block it came in or on the number of threads.
/// </summary>
internal sealed class PerturbedPair : IDisposable
{
    private readonly BaseDistribution _base;
    private readonly double? _cap;
    private readonly ProbeShape _shape;
    private readonly VocabularySlabs _slabs;
    private readonly int[] _chosenCounts;
    private readonly int[] _rejectedCounts;
    private readonly Target[][] _targetsOfSlab;
    private readonly BandedCoordinates _coordinates;

    public PerturbedPair(PairFeatures features, BaseDistribution baseDistribution, int vocabularySize, double? cap, HeadPrecision precision)
    {
        var space = PerturbationSpace.Of(features);
        (_base, _cap) = (baseDistribution, cap);
        _shape = new ProbeShape(features.DistinctRows, space.Dimension, vocabularySize, space is RowSpace, precision);
        _slabs = _shape.Slabs;
        (_chosenCounts, _rejectedCounts) = (new int[_shape.Rows], new int[_shape.Rows]);
        var targets = new List<Target>[_slabs.Count];
        for (var token = 0; token < features.Targets.Length; token++)
        {
            var (row, word, isChosen) = (features.RowOfToken[token], features.Targets[token], token < features.ChosenCount);
            (isChosen ? _chosenCounts : _rejectedCounts)[row]++;
            (targets[_slabs.Of(word)] ??= []).Add(new Target(row, word, isChosen));
        }

        _targetsOfSlab = Array.ConvertAll(targets, of => of?.ToArray() ?? []);
        _coordinates = new BandedCoordinates(space, _shape);
    }

    /// <summary>
    /// How many perturbations at most are worth being done together. Where there is one slab, what they share is in cache anyway, and threads that take
    /// one after another end together.
    /// </summary>
    public int AtOnce => _slabs.Count == 1 ? 1 : ProbeScratch.PerturbationsAtOnce;

    /// <summary>
    /// The changes of both log-probabilities under W + radius·Z for consecutive perturbations Z. They pass over one slab after the other, so that what
    /// they share of it is read from memory once.
    /// </summary>
    /// <exception cref="ArithmeticException">A change is not a number.</exception>
    public void Changes(
        Lane lane, NoiseKey key, uint firstPerturbation, float radius, Span<PairLogProbabilities> changes, CancellationToken cancellation)
    {
        var scratch = lane.Scratch(_shape);
        var sums = scratch.RowSums.AsSpan(0, changes.Length * _shape.Rows);
        sums.Clear();
        changes.Clear();
        for (var slab = 0; slab < _slabs.Count; slab++)
            for (var i = 0; i < changes.Length; i++)
            {
                lane.Checkpoint(cancellation);
                scratch.Multiply(_coordinates, key, firstPerturbation + (uint)i, slab);
                AddRowSums(sums.Slice(i * _shape.Rows, _shape.Rows), slab, scratch, radius);
                var (chosen, rejected) = changes[i];
                foreach (var target in _targetsOfSlab[slab])
                    (target.IsChosen ? ref chosen : ref rejected) += TargetChange(target, slab, scratch, radius);
                changes[i] = new PairLogProbabilities(chosen, rejected);
            }

        for (var i = 0; i < changes.Length; i++)
            changes[i] = WithNormalisation(changes[i], sums.Slice(i * _shape.Rows, _shape.Rows), key, firstPerturbation + (uint)i, radius);
    }

    public void Dispose() => _coordinates.Dispose();

    private PairLogProbabilities WithNormalisation(PairLogProbabilities ofTargets, Span<double> sums, NoiseKey key, uint perturbation, float radius)
    {
        var (chosen, rejected) = ofTargets;
        for (var row = 0; row < sums.Length; row++)
        {
            var change = Math.Log(1 + sums[row]);
            chosen -= _chosenCounts[row] * change;
            rejected -= _rejectedCounts[row] * change;
        }

        if (double.IsNaN(chosen) || double.IsNaN(rejected))
            throw ProbeFailure.NotANumber(key, perturbation, chosen, rejected, radius);
        return new PairLogProbabilities(chosen, rejected);
    }

    private void AddRowSums(Span<double> sums, int slab, ProbeScratch scratch, float radius)
    {
        var height = _slabs.HeightOf(slab);
        for (var row = 0; row < sums.Length; row++)
        {
            var at = row * _shape.VocabularySize + _slabs.Start(slab);
            var probabilities = _base.Probabilities.AsSpan(at, height);
            sums[row] += _cap is { } cap
                ? LogSumExpChange.Sum(probabilities, _base.Tanh.AsSpan(at, height), scratch.ProductRow(row), radius, (float)cap)
                : _shape.Precision == HeadPrecision.BFloat16
                    ? LogSumExpChange.Sum(probabilities, scratch.NarrowProductRow(row), radius)
                    : LogSumExpChange.Sum(probabilities, scratch.ProductRow(row), radius);
        }
    }

    private float TargetChange(Target target, int slab, ProbeScratch scratch, float radius)
    {
        var change = radius * scratch.Product(target.Row, target.Word - _slabs.Start(slab));
        return _cap is { } cap
            ? LogSumExpChange.CappedChange(_base.Tanh![target.Row * _shape.VocabularySize + target.Word], change, (float)cap)
            : change;
    }

    private readonly record struct Target(int Row, int Word, bool IsChosen);
}
