using ComPO.Cluster.Blobs;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// What one node knows of a run: its model, its settings and the pair of the iteration under way. No actor; used on the model's thread alone.
/// </summary>
internal sealed class ModelSession(IModelLoader loader, bool mayHaveBody, PathRules paths, BlobShelf shelf) : IDisposable
{
    private readonly int _threads = Math.Max(1, loader.Devices.Sum(device => device.Threads));
    private INodeModel? _model;
    private RunSettings? _settings;
    private PairFinder? _finder;

    /// <summary>The pair that is prepared, if any.</summary>
    public PairSession? Pair { get; private set; }

    /// <summary>Does what is asked.</summary>
    /// <exception cref="ComPOException">It cannot be done, for a reason that the user can do something about.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public INodeReply Process(INodeRequest request, CancellationToken cancellation) => request switch
    {
        LoadModel load => Load(load),
        ReleaseModel release => Release(release),
        PlanRun plan => new RunPlanner(loader, mayHaveBody, paths, _threads).Plan(plan, cancellation),
        SelectPair select => Select(select, cancellation),
        PreparePair prepare => Prepare(prepare),
        TallyRows tally => PairOf(tally.Iteration).Tally(tally),
        CountLowDigits count => AnyPair.CountLowDigits(count),
        EmitRows emit => AnyPair.Emit(emit),
        CheckUpdate check => PairOf(check.Iteration).Check(check),
        ApplyUpdate apply => Apply(apply),
        EvaluatePairs evaluate => Evaluate(evaluate, cancellation),
        ExportModel export => Export(export),
        _ => throw new NotSupportedException($"A trainer does not know how to do {request.GetType().Name}."),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        Pair?.Dispose();
        _finder?.Dispose();
        _model?.Dispose();
        (Pair, _finder, _model, _settings) = (null, null, null, null);
    }

    private INodeModel Model => _model ?? throw new RunFailedException("This trainer holds no model; the run has to load it first.");

    private RunSettings Settings => _settings ?? throw new RunFailedException("This trainer holds no model; the run has to load it first.");

    private PairSession AnyPair => Pair ?? throw new RunFailedException("This trainer holds no prepared pair.");

    private ModelLoaded Load(LoadModel request)
    {
        Dispose();
        var settings = RunSettings.FromJson(request.SettingsJson);
        _model = loader.Load(paths.RequestFor(settings, mayHaveBody));
        _settings = settings;
        if (_model.Description.HasBody)
            _finder = new PairFinder(_model, settings, paths);
        var description = _model.Description;
        return new ModelLoaded(
            request.Request, description.Architecture, description.BaseDigest, _model.Head.ComputeDigest(), description.Head, description.HasBody,
            description.MemoryBytes, NodeVersions.Describe(loader));
    }

    private ModelReleased Release(ReleaseModel request)
    {
        Dispose();
        return new ModelReleased(request.Request);
    }

    private INodeReply Select(SelectPair request, CancellationToken cancellation)
    {
        if (_finder is not { } finder)
            throw new RunFailedException("This trainer has only the head of the model, and cannot select pairs.");
        // The old pair's features are in the run folder by now; nobody asks for them again.
        DropPair();
        shelf.ForgetAllBut();
        if (finder.FindNext(request.FirstRow, cancellation) is not { } pair)
            return new NoPairLeft(request.Request, finder.Skipped);
        var features = Model.ComputeFeatures(pair, Settings.Space);
        var digest = shelf.Keep(features.Encode());
        return new PairSelected(
            request.Request, pair.Row, digest, features.BasisSize, features.ChosenCount, features.RejectedCount, finder.Skipped);
    }

    private PairPrepared Prepare(PreparePair request)
    {
        DropPair();
        shelf.ForgetAllBut(request.FeatureDigest);
        var features = PairFeatures.Decode(shelf.Get(request.FeatureDigest));
        Pair = new PairSession(
            Model, features, new NoiseKey(Settings.Seed, (uint)request.Iteration), Settings.RadiusFor(Model.Description.Head), Settings.Perturbations,
            _threads, shelf);
        return new PairPrepared(request.Request, Pair.Prepared.Before, Pair.Predicted);
    }

    private UpdateApplied Apply(ApplyUpdate request)
    {
        var update = PairOf(request.Iteration).Assemble(request.Parts);
        if (update.ComputeDigest() is var digest && digest != request.UpdateDigest)
            throw new DigestMismatchException($"The update of iteration {request.Iteration} arrived with digest {digest}; expected {request.UpdateDigest}.");
        // The prepared pair belongs to the head as it was.
        DropPair();
        Model.Head.Apply(update, request.Scale);
        return new UpdateApplied(request.Request, Model.Head.ComputeDigest());
    }

    private PairsEvaluated Evaluate(EvaluatePairs request, CancellationToken cancellation)
    {
        var file = Settings.EvalData ?? throw new RunFailedException("This run has no --eval-data to evaluate.");
        var (pairs, chosen, rejected, preferred) = (0, 0.0, 0.0, 0);
        using var candidates = Model.OpenPairs(paths.Resolve("--eval-data", file), Settings.MaxLength);
        foreach (var candidate in candidates.From(0))
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidate.Pair is not { } pair)
                continue;
            var score = Model.ScoreCurrent(pair);
            pairs++;
            chosen += score.Chosen;
            rejected += score.Rejected;
            preferred += score.Margin > 0 ? 1 : 0;
        }
        return pairs > 0
            ? new PairsEvaluated(request.Request, pairs, chosen / pairs, rejected / pairs, (double)preferred / pairs)
            : throw new PreferenceDataException($"--eval-data {file} holds no pair that can be used.");
    }

    private ModelExported Export(ExportModel request)
    {
        var export = Model.Export(request.Folder, Settings.HeadDtype);
        return new ModelExported(request.Request, export.Folder, export.SurvivingShare);
    }

    private PairSession PairOf(int iteration) => Pair is { } pair && pair.Noise.Iteration == iteration
        ? pair
        : throw new RunFailedException($"This trainer holds no pair prepared for iteration {iteration}.");

    private void DropPair()
    {
        Pair?.Dispose();
        Pair = null;
    }
}
