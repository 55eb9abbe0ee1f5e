using ComPO.Cluster.Blobs;
using ComPO.Core.Aggregation;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Numerics;
using ComPO.Core.Oracle;
using ComPO.Core.Spaces;
using ComPO.Core.Theory;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// One iteration's pair on one node: prepared for probing against the present head, and this node's rows of the estimate. Used on the
/// model's thread alone, but for <see cref="OnDevices"/>, which the devices probe.
/// </summary>
internal sealed class PairSession : IDisposable
{
    private readonly INodeModel _model;
    private readonly double _radius;
    private readonly int _perturbations;
    private readonly int _threads;
    private readonly BlobShelf _shelf;
    private readonly PerturbationSpace _space;
    private readonly ClosedForm _theory;
    private int[] _sums = [];
    private RowRange _rows;
    private byte[]? _outcomes;

    public PairSession(INodeModel model, PairFeatures features, NoiseKey noise, double radius, int perturbations, int threads, BlobShelf shelf)
    {
        (_model, _radius, _perturbations, _threads, _shelf) = (model, radius, perturbations, threads, shelf);
        Noise = noise;
        _space = PerturbationSpace.Of(features);
        var prepared = new List<IPreparedPair>();
        OnDevices = prepared;
        try
        {
            foreach (var engine in model.Engines)
                prepared.Add(engine.Prepare(model.Head, model.Description.FinalLogitSoftCap, features));
            _theory = ClosedForm.Of(
                features, _space, model.Description.FinalLogitSoftCap, Prepared.BaseLogits.Span, Shape.VocabularySize, radius, threads);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The pair as each device of the node probes it, in the order of the devices.</summary>
    public IReadOnlyList<IPreparedPair> OnDevices { get; }

    /// <summary>The pair as the first device has it, for all that is done once.</summary>
    public IPreparedPair Prepared => OnDevices[0];

    /// <summary>The key of the iteration's noise.</summary>
    public NoiseKey Noise { get; }

    /// <summary>The probability of improvement that the closed form predicts.</summary>
    public double Predicted => _theory.PredictedProbability;

    /// <summary>The factor of the noise.</summary>
    public double Radius => _radius;

    private HeadShape Shape => _model.Description.Head;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var prepared in OnDevices)
            prepared.Dispose();
    }

    /// <summary>Adds up a range of rows and counts their magnitudes.</summary>
    public RowsTallied Tally(TallyRows request)
    {
        AddUp(new RowRange(request.FirstRow, request.RowCount), request.Outcomes);
        var high = MagnitudeHistogram.OfHighDigits();
        if (IsExact)
        {
            var exact = new ExactEstimate(_theory, _space, _perturbations);
            Sparsifier.Count(exact, high, _threads);
            return new RowsTallied(request.Request, UInt128.Zero, exact.Norm, HistogramCodec.Encode(high), Int128.Zero);
        }
        Sparsifier.Count(Estimate(UInt128.Zero), high, _threads);
        return new RowsTallied(
            request.Request,
            ExactSums.SumOfSquares(_sums),
            0,
            HistogramCodec.Encode(high),
            _theory.LimitProduct(request.FirstRow, request.RowCount, _sums, _threads));
    }

    /// <summary>Counts the low digits of tallied rows at one high digit.</summary>
    public DigitsCounted CountLowDigits(CountLowDigits request)
    {
        TurnTo(new RowRange(request.FirstRow, request.RowCount));
        var low = MagnitudeHistogram.OfLowDigits(request.HighDigit);
        Sparsifier.Count(Estimate(UInt128.Zero), low, _threads);
        return new DigitsCounted(request.Request, HistogramCodec.Encode(low));
    }

    /// <summary>Keeps the large entries of tallied rows as a part of the update, on the shelf.</summary>
    public RowsEmitted Emit(EmitRows request)
    {
        TurnTo(new RowRange(request.FirstRow, request.RowCount));
        var part = Sparsifier.Emit(Estimate(request.SumOfSquares), request.Cut, _threads);
        return new RowsEmitted(request.Request, _shelf.Keep(part.Encode()), part.Count);
    }

    /// <summary>Walks along an update.</summary>
    public UpdateChecked Check(CheckUpdate request)
    {
        var update = request.Parts.Assemble(Shape, _shelf);
        var seen = Prepared.Evaluate(update, [.. LineSearch.Steps, request.Scale]);
        var table = LineSearch.Table(seen.AsSpan(0, LineSearch.Steps.Length));
        return new UpdateChecked(
            request.Request,
            update.ComputeDigest(),
            update.Count,
            table,
            seen[^1],
            _theory.PredictedChange(update, request.Scale),
            LineSearch.IsAccepted(table) ? _model.Head.ComputeDigestAfter(update, request.Scale) : null);
    }

    /// <summary>The update that outcomes lead to, by one owner of all rows: the same bits as many owners emit.</summary>
    /// <param name="outcomes">One bit a perturbation; empty for the exact estimator.</param>
    /// <param name="density">F, or null when there is an absolute threshold.</param>
    /// <param name="threshold">λ_g, or null.</param>
    public SparseUpdate Rebuild(byte[] outcomes, double? density, double? threshold)
    {
        var tallied = Tally(new TallyRows(0, (int)Noise.Iteration, 0, Shape.VocabularySize, outcomes));
        var estimate = Estimate(tallied.SumOfSquares);
        var cut = threshold is { } absolute
            ? Thresholds.AbsoluteCut(absolute, estimate.LiftedNorm)
            : Sparsifier.DensityCut(estimate, density!.Value, _threads);
        return Sparsifier.Emit(estimate, cut, _threads);
    }

    private bool IsExact => _outcomes is { Length: 0 };

    private void AddUp(RowRange rows, byte[] outcomes)
    {
        (_rows, _sums, _outcomes) = (rows, [], outcomes);
        if (IsExact)
            return;
        _sums = new int[checked(rows.Count * _space.Dimension)];
        AddSignedNoise(OutcomeBits.FromBytes(outcomes, _perturbations));
    }

    // Whoever emitted before other trainers went may still have asked for other rows in between: requests of two askers come in any order.
    private void TurnTo(RowRange rows)
    {
        if (_outcomes is not { } outcomes)
            throw new RunFailedException($"This trainer has tallied no rows of iteration {Noise.Iteration}.");
        if (_rows != rows)
            AddUp(rows, outcomes);
    }

    // The devices share the rows; how, never reaches a sum.
    private void AddSignedNoise(OutcomeBits outcomes)
    {
        var shares = RowRange.Divide(_rows.Count, _model.Engines.Count);
        Parallel.For(0, shares.Length, i =>
        {
            var sums = _sums.AsMemory(shares[i].First * _space.Dimension, shares[i].Count * _space.Dimension);
            _model.Engines[i].AddSignedNoise(Noise, outcomes, _space.Dimension, _rows.First + shares[i].First, sums, _threads);
        });
    }

    private GradientEstimate Estimate(UInt128 sumOfSquares) => IsExact
        ? new ExactEstimate(_theory, _space, _perturbations)
        : new SampledEstimate(Shape, _space, _rows.First, _sums, sumOfSquares);
}
