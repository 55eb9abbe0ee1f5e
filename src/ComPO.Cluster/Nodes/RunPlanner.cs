using System.Diagnostics;
using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Cluster.Stores;
using ComPO.Core.Engines;
using ComPO.Core.Errors;
using ComPO.Core.Features;
using ComPO.Core.Noise;
using ComPO.Core.Pairs;
using ComPO.Core.Runs;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>Says what a run would do: looks for its pairs, and probes the first of them a little to see how long it takes.</summary>
internal sealed class RunPlanner(IModelLoader loader, BodyRule body, PathRules paths, int threads, PairStore? store)
{
    private const int TimedPerturbations = 64;

    /// <summary>Loads the model, looks, and lets go of it.</summary>
    /// <exception cref="ComPOException">The model or the data cannot be used.</exception>
    public RunPlanned Plan(PlanRun request, CancellationToken cancellation)
    {
        var settings = RunSettings.FromJson(request.SettingsJson);
        var loaded = loader.Load(body.RequestFor(settings, paths));
        using var model = store?.Around(loaded) ?? loaded;
        if (!model.Description.HasBody)
            throw new RunFailedException("This trainer reads only the head of the model, and cannot look for pairs; ask one with --body yes.");
        OwnFolder.RefuseForeign(settings, paths);
        using var finder = new PairFinder(model, settings, paths);
        var (first, found) = Look(finder, settings, cancellation);
        var (featureBytes, seconds) = first is null ? (0L, (double?)null) : Time(model, settings, first, cancellation);
        return new RunPlanned(
            request.Request, found, finder.RowsScanned, finder.Skipped, model.Description.Head, model.Description.MemoryBytes, featureBytes,
            FolderBytes(model.Description.Folder), seconds);
    }

    private static (TokenizedPair? First, int Found) Look(PairFinder finder, RunSettings settings, CancellationToken cancellation)
    {
        var (found, last) = (0, settings.Offset - 1);
        TokenizedPair? first = null;
        while (found < settings.Iterations && finder.FindNext(last + 1, cancellation) is { } pair)
        {
            // A search that has wrapped has seen every row.
            if (pair.Row <= last || first is not null && pair.Row == first.Row)
                break;
            first ??= pair;
            last = pair.Row;
            found++;
        }
        return (first, found);
    }

    private (long FeatureBytes, double? Seconds) Time(INodeModel model, RunSettings settings, TokenizedPair pair, CancellationToken cancellation)
    {
        var features = model.ComputeFeatures(pair, settings.Space);
        using var session = new PairSession(
            model, features, new NoiseKey(settings.Seed, 0), settings.RadiusFor(model.Description.Head), settings.Perturbations, threads, new BlobShelf());
        if (settings.Estimator == Estimator.Exact)
            return (EncodedBytes(features), 0);
        session.Prepared.Probe(session.Noise, session.Radius, 0, 1, cancellation);
        var since = Stopwatch.GetTimestamp();
        session.Prepared.Probe(session.Noise, session.Radius, 0, TimedPerturbations, cancellation);
        return (EncodedBytes(features), Stopwatch.GetElapsedTime(since).TotalSeconds / TimedPerturbations);
    }

    private static long EncodedBytes(PairFeatures features) => features.Encode().LongLength;

    private static long FolderBytes(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length)
        : 0;
}
