using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Stores;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Noise;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// What one node knows of a run: its model, its settings and the pair of the iteration under way. No actor; used on the model's thread alone.
/// </summary>
internal sealed class ModelSession(IModelLoader loader, BodyRule body, PathRules paths, BlobShelf shelf, PairStore? store = null) : IDisposable
{
    private ShelfLife _life = new(shelf, store);
    private string? _run;
    private readonly int _threads = Math.Max(1, loader.Devices.Sum(device => device.Threads));
    private INodeModel? _model;
    private RunSettings? _settings;
    private PairFinder? _finder;
    private Digest? _searchOrigin;

    /// <summary>The pair that is prepared, if any.</summary>
    public PairSession? Pair { get; private set; }

    /// <summary>Does what is asked.</summary>
    /// <exception cref="ComPOException">It cannot be done, for a reason that the user can do something about.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public INodeReply Process(INodeRequest request, CancellationToken cancellation) => request switch
    {
        LoadModel load => Load(load),
        ReleaseModel release => Release(release),
        PlanRun plan => new RunPlanner(loader, body, paths, _threads, store).Plan(plan, cancellation),
        SelectPair select => Select(select, cancellation),
        PreparePair prepare => Prepare(prepare, cancellation),
        TallyRows tally => PairOf(tally.Iteration).Tally(tally),
        CountLowDigits count => PairOf(count.Iteration).CountLowDigits(count),
        EmitRows emit => Emit(emit),
        CheckUpdate check => Check(check),
        ApplyUpdate apply => Apply(apply, cancellation),
        KeepHead keep => Keep(keep),
        TakeHead take => Take(take),
        EvaluatePairs evaluate => HeldOutPairs.Score(evaluate, Model, Settings, paths, cancellation),
        ExportModel export => Export(export),
        _ => throw new NotSupportedException($"A trainer does not know how to do {request.GetType().Name}."),
    };

    /// <summary>Copies the present head, if it is the one with a digest. Devices may be probing: they stand still meanwhile.</summary>
    /// <returns>Whether it is.</returns>
    public bool TryCopyHead(Digest digest, HeadWeights into)
    {
        if (_model?.Head is not { } head || head.Shape != into.Shape)
            return false;
        var isWanted = false;
        AtRest(() =>
        {
            isWanted = head.ComputeDigest() == digest;
            if (isWanted)
                head.Values.CopyTo(into.Values, 0);
        });
        return isWanted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pair?.Dispose();
        _finder?.Dispose();
        _model?.Dispose();
        (Pair, _finder, _model, _settings, _run, _searchOrigin) = (null, null, null, null, null, null);
    }

    /// <summary>Begins to look at rows of the data. The prepared pair stays.</summary>
    /// <exception cref="RunFailedException">There is no body to look with.</exception>
    public RowScan Scan(ScanRows request)
    {
        var finder = Finder;
        // The first time it reads all of the body.
        if (_searchOrigin is null)
            AtRest(() => _searchOrigin = SearchOrigin.Of(Model, paths.Resolve("--data", Settings.Data)));
        return new RowScan(request, finder, _searchOrigin!.Value, pair =>
        {
            var features = MakeFeatures(pair);
            return new FoundPair(shelf.Keep(features.Encode()), features.BasisSize);
        });
    }

    /// <summary>Looks at one row, on the processors that devices would compute on.</summary>
    public void Step(RowScan rows) => AtRest(rows.Step);

    private void AtRest(Action work) => Model.Engines.Aggregate(work, (step, engine) => () => engine.AtRest(step))();

    private INodeModel Model => _model ?? throw new RunFailedException("This trainer holds no model; the run has to load it first.");

    private RunSettings Settings => _settings ?? throw new RunFailedException("This trainer holds no model; the run has to load it first.");

    private PairFinder Finder => _finder ?? throw new RunFailedException("This trainer has only the head of the model, and cannot select pairs.");

    private ModelLoaded Load(LoadModel request)
    {
        var run = request.RunId + "\n" + request.SettingsJson;
        if (_run != run)
        {
            Dispose();
            shelf.BeginRun(run);
            _life = new ShelfLife(shelf, store);
            var settings = RunSettings.FromJson(request.SettingsJson);
            store?.OfferTo(shelf);
            var model = loader.Load(body.RequestFor(settings, paths));
            _model = store?.Around(model) ?? model;
            _settings = settings;
            if (_model.Description.HasBody)
            {
                OwnFolder.RefuseForeign(settings, paths);
                _finder = new PairFinder(_model, settings, paths);
            }
            _run = run;
        }
        var description = Model.Description;
        return new ModelLoaded(
            request.Request, description.Architecture, description.BaseDigest, Model.Head.ComputeDigest(), description.Head, description.HasBody,
            description.MemoryBytes, NodeVersions.Describe(loader));
    }

    private ModelReleased Release(ReleaseModel request)
    {
        Dispose();
        shelf.Clear();
        return new ModelReleased(request.Request);
    }

    private INodeReply Select(SelectPair request, CancellationToken cancellation)
    {
        var finder = Finder;
        DropPair();
        if (finder.FindNext(request.FirstRow, cancellation) is not { } pair)
            return new NoPairLeft(request.Request, finder.Skipped, finder.SkippedRows);
        var features = MakeFeatures(pair);
        var digest = shelf.Keep(features.Encode());
        return new PairSelected(request.Request, pair.Row, digest, features.BasisSize, finder.Skipped, finder.SkippedRows);
    }

    private PairFeatures MakeFeatures(TokenizedPair pair) => Model.ComputeFeatures(pair, Settings.Space);

    private PairPrepared Prepare(PreparePair request, CancellationToken cancellation)
    {
        DropPair();
        _life.BeginPair();
        var pair = Open(FeaturesOf(request.Row, request.FeatureDigest, cancellation), request.Iteration);
        if (!double.IsFinite(pair.Prepared.Before.Chosen) || !double.IsFinite(pair.Prepared.Before.Rejected) || !double.IsFinite(pair.Predicted))
        {
            pair.Dispose();
            throw new ModelException(
                $"The model gives row {request.Row} the log-probabilities {pair.Prepared.Before.Chosen} and {pair.Prepared.Before.Rejected}, which are not finite; "
                + "try a wider --dtype, or look for damaged weights.");
        }
        Pair = pair;
        return new PairPrepared(request.Request, Model.Head.ComputeDigest(), pair.Prepared.Before, pair.Predicted);
    }

    private PairSession Open(PairFeatures features, int iteration) => new(
        Model, features, new NoiseKey(Settings.Seed, (uint)iteration), Settings.RadiusFor(Model.Description.Head), Settings.Perturbations, _threads, shelf);

    // Features that nobody holds any more can be made again: the same pair gives the same bytes.
    private PairFeatures FeaturesOf(int row, Digest digest, CancellationToken cancellation)
    {
        _life.UseFeatures(digest);
        if (shelf.TryGet(digest, out var bytes))
        {
            var decoded = PairFeatures.Decode(bytes);
            store?.KeepFeatures(digest, bytes);
            return decoded;
        }
        if (_finder is not { } finder)
            throw new RunFailedException($"No node holds the features {digest} of row {row}, and this trainer has no body to make them with.");
        var features = MakeFeatures(finder.Read(row, cancellation));
        return shelf.Keep(features.Encode()) is var made && made == digest
            ? features
            : throw new DigestMismatchException($"The features of row {row}, made again, have digest {made}; expected {digest}: the data or the model has changed.");
    }

    private RowsEmitted Emit(EmitRows request)
    {
        var emitted = PairOf(request.Iteration).Emit(request);
        _life.UsePart(emitted.Part);
        return emitted;
    }

    private UpdateChecked Check(CheckUpdate request)
    {
        _life.UseParts(request.Parts);
        return PairOf(request.Iteration).Check(request);
    }

    private UpdateApplied Apply(ApplyUpdate request, CancellationToken cancellation)
    {
        var head = Model.Head.ComputeDigest();
        if (head != request.HeadBefore)
            throw new DigestMismatchException($"The update of iteration {request.Iteration} belongs to the head {request.HeadBefore}; this trainer holds {head}.");
        var update = UpdateOf(request, cancellation);
        // The prepared pair belongs to the head as it was.
        DropPair();
        Model.Head.Apply(update, request.Scale);
        return new UpdateApplied(request.Request, Model.Head.ComputeDigest());
    }

    private SparseUpdate UpdateOf(ApplyUpdate request, CancellationToken cancellation)
    {
        SparseUpdate update;
        if (shelf.TryGet(request.UpdateDigest, out var whole))
        {
            update = SparseUpdate.Decode(Model.Description.Head, whole);
        }
        else if (request.Parts.All(part => shelf.Has(part.Digest)))
        {
            update = request.Parts.Assemble(Model.Description.Head, shelf);
        }
        else
        {
            using var pair = Open(FeaturesOf(request.Row, request.FeatureDigest, cancellation), request.Iteration);
            update = pair.Rebuild(request.Outcomes, Settings.Threshold is null ? Settings.Density : null, Settings.Threshold);
        }
        // Whoever comes later takes it whole from here.
        if (shelf.Keep(update.Encode()) is var digest && digest != request.UpdateDigest)
            throw new DigestMismatchException($"The update of iteration {request.Iteration} has digest {digest} here; expected {request.UpdateDigest}.");
        _life.UseParts(request.Parts);
        _life.UseUpdate(request.UpdateDigest, request.Iteration, request.NeededFrom);
        return update;
    }

    private HeadKept Keep(KeepHead request)
    {
        var parts = KeptHead.Keep(Model.Head, shelf);
        _life.UseHead(parts);
        return new HeadKept(request.Request, Model.Head.ComputeDigest(), parts);
    }

    private HeadTaken Take(TakeHead request)
    {
        DropPair();
        if (request.HeadDigest == Model.Description.BaseDigest)
        {
            Model.RestoreBaseHead();
        }
        else
        {
            if (!KeptHead.IsWhole(request.Parts, Model.Head.Shape, shelf))
                throw new RunFailedException($"The parts of the head {request.HeadDigest} are not all held by this node.");
            if (KeptHead.TryTake(request.Parts, Model.Head, shelf))
                _life.UseHead(request.Parts);
            else
                Model.RestoreBaseHead();
        }
        return new HeadTaken(request.Request, Model.Head.ComputeDigest());
    }

    private ModelExported Export(ExportModel request)
    {
        var folder = paths.ResolveOutput(request.Folder);
        OwnFolder.Claim(folder, _run!);
        var export = Model.Export(folder, Settings.HeadDtype);
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
