using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using ComPO.Core.Digests;
using ComPO.Core.Errors;

namespace ComPO.Cluster.Blobs;

/// <summary>
/// The bytes that one node holds for others, by their digest: features of pairs, updates, heads. What is on the shelf never changes, so that
/// actors and the threads that compute may share it. With a folder it outlives the process; bytes are checked against their name when they are
/// taken from a file, and damaged ones are as good as none.
/// </summary>
internal sealed class BlobShelf
{
    private const string MarkName = "run";

    private readonly string? _folder;
    private readonly ConcurrentDictionary<Digest, Blob> _blobs = new();
    private long _bytesSent;
    private long _bytesReceived;

    /// <param name="folder">Where the bytes are kept; null for memory alone.</param>
    public BlobShelf(string? folder = null)
    {
        _folder = folder;
        if (folder is null)
            return;
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (Digest.TryParse(Path.GetFileName(path), out var digest))
                _blobs[digest] = new Blob(null, path, IsOurs: true, IsWhole: false);
            else if (Digest.TryParse(Path.GetFileNameWithoutExtension(path), out _))
                // What was being written when the process was killed.
                File.Delete(path);
        }
    }

    /// <summary>Bytes that other nodes have got from here.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>Bytes that were got from other nodes.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>Another node has been sent so many bytes.</summary>
    public void CountSent(int bytes) => Interlocked.Add(ref _bytesSent, bytes);

    /// <summary>Another node has sent so many bytes.</summary>
    public void CountReceived(int bytes) => Interlocked.Add(ref _bytesReceived, bytes);

    /// <summary>Keeps some bytes, which must not change from now on, and names them.</summary>
    public Digest Keep(byte[] bytes)
    {
        var digest = Digest.Of(bytes);
        KeepVerified(digest, bytes);
        return digest;
    }

    /// <summary>Keeps a copy of some bytes, and names them.</summary>
    public Digest KeepCopy(ReadOnlySpan<byte> bytes)
    {
        var digest = Digest.Of(bytes);
        if (HasOwn(digest))
            return digest;
        KeepOwn(digest, _folder is null ? new Blob(bytes.ToArray(), null, IsOurs: true, IsWhole: true) : FileOf(digest, bytes));
        return digest;
    }

    /// <summary>Keeps some bytes of which the digest is known, and which must not change from now on.</summary>
    public void KeepVerified(Digest digest, byte[] bytes)
    {
        if (!HasOwn(digest))
            KeepOwn(digest, _folder is null ? new Blob(bytes, null, IsOurs: true, IsWhole: true) : FileOf(digest, bytes));
    }

    /// <summary>Offers a file that someone else looks after; it takes the place of the shelf's own bytes when those go.</summary>
    public void Offer(Digest digest, string path)
    {
        var offered = new Blob(null, path, IsOurs: false, IsWhole: false);
        _blobs.AddOrUpdate(digest, offered, (_, held) => held switch
        {
            { IsOurs: true } => held with { OfferedPath = path },
            { IsThere: true } => held,
            _ => offered,
        });
    }

    /// <summary>Offers bytes that someone else looks after, until they are forgotten.</summary>
    public void Offer(Digest digest, byte[] bytes) => _blobs.TryAdd(digest, new Blob(bytes, null, IsOurs: false, IsWhole: true));

    /// <summary>Leaves some bytes to someone who looks after a file of them; nothing changes for those who ask for them.</summary>
    public void LeaveTo(Digest digest, string path)
    {
        if (!_blobs.TryGetValue(digest, out var own) || !own.IsOurs)
            return;
        // What was offered before, the run folder's file say, stays for longer than what is held to a quota.
        var left = new Blob(null, File.Exists(own.OfferedPath) ? own.OfferedPath : path, IsOurs: false, IsWhole: false);
        if (_blobs.TryUpdate(digest, left, own) && own.Path is { } file)
            File.Delete(file);
    }

    /// <summary>Whether bytes of a name are here; they are not read, and may turn out to be damaged.</summary>
    public bool Has(Digest digest) => _blobs.TryGetValue(digest, out var blob) && blob.IsThere;

    /// <summary>Whether bytes of a name are here that this process has written, or has read and found whole. Reads nothing.</summary>
    public bool HasWhole(Digest digest) => _blobs.TryGetValue(digest, out var blob) && blob is { IsWhole: true, IsThere: true };

    /// <summary>The bytes of a name, if they are here and whole.</summary>
    public bool TryGet(Digest digest, [MaybeNullWhen(false)] out byte[] bytes)
    {
        bytes = null;
        if (!_blobs.TryGetValue(digest, out var blob))
            return false;
        if (blob.Bytes is { } inMemory)
        {
            bytes = inMemory;
            return true;
        }
        try
        {
            bytes = File.ReadAllBytes(blob.Path!);
            if (Digest.Of(bytes) == digest)
            {
                _blobs.TryUpdate(digest, blob with { IsWhole = true }, blob);
                return true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody has taken the file away: it is not here.
        }
        bytes = null;
        Forget(digest);
        return false;
    }

    /// <summary>The bytes of a name that has been fetched or made here.</summary>
    /// <exception cref="RunFailedException">They are gone, or damaged.</exception>
    public byte[] Get(Digest digest) => TryGet(digest, out var bytes)
        ? bytes
        : throw new RunFailedException($"The bytes {digest} are not held by this node any more, or are damaged.");

    /// <summary>A part of some bytes and the length of the whole, unchecked; null when they are not here or have no such part.</summary>
    public (byte[] Part, long TotalBytes)? ReadPart(Digest digest, long offset, int most)
    {
        if (!_blobs.TryGetValue(digest, out var blob))
            return null;
        try
        {
            using var file = blob.Path is null ? null : File.OpenHandle(blob.Path);
            var total = file is null ? blob.Bytes!.LongLength : RandomAccess.GetLength(file);
            if (offset < 0 || offset >= Math.Max(total, 1))
                return null;
            var part = new byte[Math.Min(most, total - offset)];
            if (file is null)
                blob.Bytes.AsSpan((int)offset, part.Length).CopyTo(part);
            else if (RandomAccess.Read(file, part, offset) < part.Length)
                return null;
            return (part, total);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Lets go of some bytes.</summary>
    public void Forget(Digest digest)
    {
        if (!_blobs.TryRemove(digest, out var blob))
            return;
        if (blob.OfferedPath is { } offered)
            Offer(digest, offered);
        if (blob is { IsOurs: true, Path: { } path })
            File.Delete(path);
    }

    /// <summary>Makes the shelf one run's: what is left of another goes.</summary>
    public void BeginRun(string run)
    {
        var mark = _folder is null ? null : Path.Combine(_folder, MarkName);
        if (mark is not null && File.Exists(mark) && File.ReadAllText(mark) == run)
            return;
        Clear();
        if (mark is not null)
            File.WriteAllText(mark, run);
    }

    /// <summary>Lets go of everything that is this shelf's own.</summary>
    public void Clear()
    {
        foreach (var (digest, blob) in _blobs)
        {
            if (blob.IsOurs)
                Forget(digest);
        }
    }

    // A file that someone else looks after may be gone when it is needed.
    private bool HasOwn(Digest digest) => _blobs.TryGetValue(digest, out var held) && held is { IsOurs: true, IsWhole: true };

    private void KeepOwn(Digest digest, Blob own) =>
        _blobs.AddOrUpdate(digest, own, (_, held) => own with { OfferedPath = held.IsOurs ? held.OfferedPath : held.Path });

    private Blob FileOf(Digest digest, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(_folder!, digest.ToString());
        // Under another name until it is whole; two threads that keep the same write the same.
        var unfinished = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(unfinished, bytes);
        File.Move(unfinished, path, overwrite: true);
        return new Blob(null, path, IsOurs: true, IsWhole: true);
    }

    /// <param name="Bytes">In memory, or null.</param>
    /// <param name="Path">In a file, or null.</param>
    /// <param name="IsOurs">Whether the shelf may delete it.</param>
    /// <param name="IsWhole">Whether this process has seen that they are what their name says.</param>
    private sealed record Blob(byte[]? Bytes, string? Path, bool IsOurs, bool IsWhole)
    {
        /// <summary>A file of someone else with the same bytes.</summary>
        public string? OfferedPath { get; init; }

        public bool IsThere => Path is null || File.Exists(Path);
    }
}
