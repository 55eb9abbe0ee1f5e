using System.Runtime.InteropServices;
using ComPO.Core.Digests;
using ComPO.Core.Engines;
using ComPO.Core.Features;
using ComPO.Core.Heads;
using ComPO.Core.Oracle;
using ComPO.Core.Pairs;
using ComPO.Core.Telemetry;

namespace ComPO.Cluster.Stores;

/// <summary>
/// A model that runs its body only for what is not stored: features of pairs, and the reference model's log-probabilities. Those of the present
/// model are not stored, because its head moves. Disposing of it disposes of the model.
/// </summary>
internal sealed class StoredNodeModel(INodeModel model, FeatureStore features, QuotaFolder pairs, QuotaFolder scores) : INodeModel
{
    private const string Hit = "hit";
    private const string Miss = "miss";

    private readonly Lock _gate = new();
    // One for each space: features hold its basis.
    private readonly Dictionary<PerturbationSpaceKind, PairTable> _featureDigests = [];
    private PairTable? _scores;

    /// <inheritdoc/>
    public ModelDescription Description => model.Description;

    /// <inheritdoc/>
    public HeadWeights Head => model.Head;

    /// <inheritdoc/>
    public IReadOnlyList<IHeadEngine> Engines => model.Engines;

    /// <inheritdoc/>
    public string FeatureOrigin => model.FeatureOrigin;

    /// <inheritdoc/>
    public string ReferenceOrigin => model.ReferenceOrigin;

    /// <inheritdoc/>
    public void RestoreBaseHead() => model.RestoreBaseHead();

    /// <inheritdoc/>
    public IPairCandidates OpenPairs(string dataFile, PairOptions options) => model.OpenPairs(dataFile, options);

    /// <inheritdoc/>
    public PairFeatures ComputeFeatures(TokenizedPair pair, PerturbationSpaceKind space)
    {
        var (table, key) = (FeatureDigests(space), KeyOf(pair));
        if (table.TryGet(key, out var known) && features.TryGet(new Digest(known)) is { } found && AreOf(found, pair))
        {
            Count("features", Hit);
            return found;
        }
        Count("features", Miss);
        var made = model.ComputeFeatures(pair, space);
        var bytes = made.Encode();
        var digest = Digest.Of(bytes);
        features.Keep(digest, bytes);
        table.Add(key, digest.Value);
        table.Flush();
        return made;
    }

    /// <inheritdoc/>
    public PairLogProbabilities ScoreReference(TokenizedPair pair)
    {
        var (table, key) = (Scores(), KeyOf(pair));
        if (table.TryGet(key, out var known))
        {
            Count("scores", Hit);
            return new PairLogProbabilities(BitConverter.UInt64BitsToDouble((ulong)(known >> 64)), BitConverter.UInt64BitsToDouble((ulong)known));
        }
        Count("scores", Miss);
        var score = model.ScoreReference(pair);
        table.Add(key, new UInt128(BitConverter.DoubleToUInt64Bits(score.Chosen), BitConverter.DoubleToUInt64Bits(score.Rejected)));
        return score;
    }

    /// <inheritdoc/>
    public PairLogProbabilities ScoreCurrent(TokenizedPair pair) => model.ScoreCurrent(pair);

    /// <inheritdoc/>
    public WrittenModel Export(string folder, HeadExportType type) => model.Export(folder, type);

    /// <inheritdoc/>
    public WrittenModel ExportHead(string folder, HeadExportType type) => model.ExportHead(folder, type);

    /// <inheritdoc/>
    public void Dispose()
    {
        _scores?.Flush();
        model.Dispose();
    }

    private static void Count(string store, string result) =>
        Instruments.StoreLookups.Add(1, new KeyValuePair<string, object?>("store", store), new KeyValuePair<string, object?>("result", result));

    private PairTable Scores()
    {
        lock (_gate)
            return _scores ??= new PairTable(scores, "compo-scores-1", model.ReferenceOrigin);
    }

    private PairTable FeatureDigests(PerturbationSpaceKind space)
    {
        lock (_gate)
        {
            if (!_featureDigests.TryGetValue(space, out var table))
                _featureDigests[space] = table = new PairTable(pairs, "compo-feature-digests-1", $"{model.FeatureOrigin}; space {space}");
            return table;
        }
    }

    // The row's number does not count: the same tokens at another place of the data, or in other data, are the same pair.
    private static Digest KeyOf(TokenizedPair pair)
    {
        int[] ids = [pair.PromptIds.Length, pair.ChosenIds.Length, pair.RejectedIds.Length, .. pair.PromptIds, .. pair.ChosenIds, .. pair.RejectedIds];
        return Digest.Of(MemoryMarshal.AsBytes(ids.AsSpan()));
    }

    private bool AreOf(PairFeatures found, TokenizedPair pair) =>
        found.HiddenSize == model.Description.Head.HiddenSize
        && found.ChosenCount == pair.ChosenIds.Length
        && found.Targets.AsSpan(0, found.ChosenCount).SequenceEqual(pair.ChosenIds)
        && found.Targets.AsSpan(found.ChosenCount).SequenceEqual(pair.RejectedIds);
}
