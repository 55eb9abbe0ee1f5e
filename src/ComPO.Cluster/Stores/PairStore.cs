using ComPO.Cluster.Blobs;
using ComPO.Cluster.Configuration;
using ComPO.Core.Digests;
using ComPO.Core.Engines;

namespace ComPO.Cluster.Stores;

/// <summary>
/// What a trainer keeps of pairs between runs, below its state folder: the features of those it trained on, and the reference model's
/// log-probabilities of those it only scanned. Nothing depends on it but time: an entry says what it was made from, and another one is not used.
/// </summary>
internal sealed class PairStore
{
    // Of the features' quota, what the list of whose they are may take: 32 bytes a pair, whose features have thousands.
    private const int PairsPart = 64;

    private readonly FeatureStore _features;
    // Which features are whose.
    private readonly QuotaFolder _pairs;
    private readonly QuotaFolder _scores;

    /// <param name="folder">Where it lies.</param>
    /// <param name="settings">How much it may hold.</param>
    /// <param name="complain">Told the sentence when it cannot be written.</param>
    public PairStore(string folder, StoreSettings settings, Action<string> complain)
    {
        var pairBytes = settings.FeatureBytes / PairsPart;
        _features = new FeatureStore(new QuotaFolder(Path.Combine(folder, "features"), settings.FeatureBytes - pairBytes, complain));
        _pairs = new QuotaFolder(Path.Combine(folder, "pairs"), pairBytes, complain);
        _scores = new QuotaFolder(Path.Combine(folder, "scores"), settings.ScoreBytes, complain);
    }

    /// <summary>The store of a node; null for one without a state folder, of which nothing is there to be found again, and for one that is to keep nothing.</summary>
    public static PairStore? Of(NodeOptions options, StoreSettings settings, Action<string> complain)
    {
        var folder = settings.Folder.Length > 0 ? settings.Folder : options.StateFolder is { } state ? Path.Combine(state, "store") : null;
        return folder is null || settings is { FeatureBytes: 0, ScoreBytes: 0 } ? null : new PairStore(Path.GetFullPath(folder), settings, complain);
    }

    /// <summary>A model that looks here before it runs its body.</summary>
    public INodeModel Around(INodeModel model) => new StoredNodeModel(model, _features, _pairs, _scores);

    /// <summary>Offers all features to whoever asks the shelf.</summary>
    public void OfferTo(BlobShelf shelf) => _features.OfferTo(shelf);

    /// <summary>Looks after features that lie on the shelf, if they are here too.</summary>
    public void TakeOver(Digest digest, BlobShelf shelf) => _features.TakeOver(digest, shelf);

    /// <summary>Keeps features that came from elsewhere, or has them count as used now.</summary>
    public void KeepFeatures(Digest digest, ReadOnlySpan<byte> bytes) => _features.Keep(digest, bytes);
}
