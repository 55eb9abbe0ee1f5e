using ComPO.Core.Aggregation;
using ComPO.Core.Heads;
using ComPO.Core.Runs;
using ComPO.Core.Updates;

namespace ComPO.Core.Replay;

/// <summary>
/// Finds what <see cref="Sparsifier"/> keeps while the rows of an estimate pass by once, so that no more than the kept entries
/// is ever held. What is certainly below the cut is dropped on the way: both the magnitude of the n-th largest entry and the
/// norm, and with them the cut, only grow as more rows are seen.
/// </summary>
internal sealed class LargestEntries
{
    private readonly HeadShape _shape;
    private readonly double? _threshold;
    private readonly long _kept;
    private readonly MagnitudeHistogram _high = MagnitudeHistogram.OfHighDigits();
    private List<(int Index, float Lifted)> _candidates = [];
    private float _bound;
    private long _seen;

    /// <summary>Looks for the entries that the settings keep: a share of them, or those from a threshold on.</summary>
    public LargestEntries(HeadShape shape, RunSettings settings)
    {
        (_shape, _threshold) = (shape, settings.Threshold);
        _kept = _threshold is null ? Thresholds.KeptCount(settings.Density!.Value, shape) : 0;
    }

    /// <summary>Looks at the next rows.</summary>
    /// <param name="lifted">Their entries, in the units of the lifted rows; they follow those seen before.</param>
    /// <param name="liftedNorm">‖u‖ over all rows seen so far, these included, or over more.</param>
    public void Add(ReadOnlySpan<float> lifted, double liftedNorm)
    {
        var start = _seen;
        _seen += lifted.Length;
        _high.Add(lifted);
        Raise(Bound(liftedNorm));
        for (var i = 0; i < lifted.Length; i++)
            if (Math.Abs(lifted[i]) >= _bound)
                _candidates.Add(((int)(start + i), lifted[i]));
    }

    /// <summary>The entries of g that are kept, once all rows were seen, and the cut in the units of the lifted rows.</summary>
    /// <param name="liftedNorm">‖u‖ of the whole.</param>
    public (SparseUpdate Update, float Cut) Take(double liftedNorm)
    {
        var cut = Cut(liftedNorm);
        Raise(cut);
        var kept = liftedNorm == 0 ? [] : _candidates;
        _candidates = [];
        return (
            new SparseUpdate(_shape, [.. kept.Select(entry => entry.Index)], [.. kept.Select(entry => Thresholds.Entry(entry.Lifted, liftedNorm))]),
            cut);
    }

    private void Raise(float bound)
    {
        if (bound <= _bound)
            return;
        _bound = bound;
        _candidates.RemoveAll(entry => Math.Abs(entry.Lifted) < bound);
    }

    private float Bound(double liftedNorm)
    {
        if (_threshold is { } threshold)
            return Thresholds.AbsoluteCut(threshold, liftedNorm);
        return _seen < _kept ? 0 : MagnitudeHistogram.Magnitude(Thresholds.DensityHighDigit(_high, _kept), 0);
    }

    private float Cut(double liftedNorm)
    {
        if (_threshold is { } threshold)
            return Thresholds.AbsoluteCut(threshold, liftedNorm);
        var low = MagnitudeHistogram.OfLowDigits(Thresholds.DensityHighDigit(_high, _kept));
        low.Add([.. _candidates.Select(entry => entry.Lifted)]);
        return Thresholds.DensityCut(_high, low, _kept);
    }
}
