using ComPO.Cluster.Blobs;
using ComPO.Cluster.Stores;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Nodes;

/// <summary>
/// How long what a trainer keeps for a run stays on its shelf, which would hold all features and updates of the run otherwise. Whoever is asked for
/// what is gone has something else to go on with: a whole head in place of old updates, outcomes and features in place of an update, and for features the run
/// folder, or a body to make them with.
/// </summary>
/// <param name="shelf">The shelf.</param>
/// <param name="store">What takes features over, within its quota; without one they stay, because a run folder may be lost and be made again from them.</param>
internal sealed class ShelfLife(BlobShelf shelf, PairStore? store)
{
    // The pair under way and the one before: a slow trainer, or the run folder, may still be fetching.
    private const int PairsKept = 2;

    private readonly Queue<Digest> _features = [];
    private readonly Dictionary<Digest, int> _updates = [];
    private HashSet<Digest> _parts = [];
    private HashSet<Digest> _olderParts = [];
    private IReadOnlyList<Digest> _head = [];

    /// <summary>Another pair is prepared: what the update before the last was put together from goes.</summary>
    public void BeginPair()
    {
        foreach (var part in _olderParts.Where(part => !_updates.ContainsKey(part) && !_parts.Contains(part)))
            shelf.Forget(part);
        (_olderParts, _parts) = (_parts, []);
    }

    /// <summary>The features of a pair are of use; those of the pair before the last are left to the store.</summary>
    public void UseFeatures(Digest features)
    {
        if (_features.Contains(features))
            return;
        _features.Enqueue(features);
        if (_features.Count <= PairsKept)
            return;
        var left = _features.Dequeue();
        store?.TakeOver(left, shelf);
    }

    /// <summary>A part of an update was made.</summary>
    public void UsePart(Digest part) => _parts.Add(part);

    /// <summary>Parts of an update were fetched.</summary>
    public void UseParts(IReadOnlyList<UpdatePart> parts) => _parts.UnionWith(parts.Select(part => part.Digest));

    /// <summary>An update was applied, and whoever comes later may want it.</summary>
    /// <param name="update">The whole update.</param>
    /// <param name="iteration">Its iteration.</param>
    /// <param name="neededFrom">The first iteration whose update may be asked for.</param>
    public void UseUpdate(Digest update, int iteration, int neededFrom)
    {
        _updates[update] = iteration;
        foreach (var (old, _) in _updates.Where(kept => kept.Value < neededFrom && kept.Key != update).ToList())
        {
            _updates.Remove(old);
            shelf.Forget(old);
        }
    }

    /// <summary>A whole head is kept for others; what lies behind it is of no use to anyone.</summary>
    public void UseHead(IReadOnlyList<Digest> parts)
    {
        foreach (var before in _head.Except(parts))
            shelf.Forget(before);
        _head = parts;
    }
}
