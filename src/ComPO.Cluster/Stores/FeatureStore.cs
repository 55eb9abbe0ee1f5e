using System.Collections.Concurrent;
using ComPO.Cluster.Blobs;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Core.Features;

namespace ComPO.Cluster.Stores;

/// <summary>
/// Features of pairs, each in a safetensors file that bears the digest of its bytes, for later iterations and runs. A file whose bytes are others
/// is taken away and never used. They are made by this node, or by others and fetched from them.
/// </summary>
internal sealed class FeatureStore(QuotaFolder folder)
{
    private const string Extension = ".safetensors";

    // What this process has read whole or written.
    private readonly ConcurrentDictionary<Digest, bool> _sound = [];

    /// <summary>Offers all that is here to whoever asks the shelf.</summary>
    public void OfferTo(BlobShelf shelf)
    {
        foreach (var file in folder.Files)
        {
            if (file.Name.EndsWith(Extension, StringComparison.Ordinal) && Digest.TryParse(file.Name[..^Extension.Length], out var digest))
                shelf.Offer(digest, file.FullName);
        }
    }

    /// <summary>Looks after features that lie on the shelf, if they are here and whole.</summary>
    public void TakeOver(Digest digest, BlobShelf shelf)
    {
        if (_sound.ContainsKey(digest) && folder.TryTouch(digest + Extension))
            shelf.LeaveTo(digest, folder.PathOf(digest + Extension));
    }

    /// <summary>The features of a digest, if they are here and whole.</summary>
    public PairFeatures? TryGet(Digest digest)
    {
        if (folder.TryRead(digest + Extension) is not { } bytes)
            return null;
        try
        {
            if (Digest.Of(bytes) == digest)
            {
                var features = PairFeatures.Decode(bytes);
                _sound[digest] = true;
                return features;
            }
        }
        catch (PreferenceDataException)
        {
            // Bytes of that digest, but no features: as good as damaged.
        }
        folder.Delete(digest + Extension);
        return null;
    }

    /// <summary>Keeps features, or has them count as used now.</summary>
    /// <param name="digest">The digest of the bytes.</param>
    /// <param name="bytes">What <see cref="PairFeatures.Encode"/> gave.</param>
    public void Keep(Digest digest, ReadOnlySpan<byte> bytes)
    {
        // A file that was here before may be damaged: only what this process knows to be whole is left as it is.
        if (_sound.ContainsKey(digest) && folder.TryTouch(digest + Extension))
            return;
        folder.Write(digest + Extension, bytes);
        _sound[digest] = true;
    }
}
