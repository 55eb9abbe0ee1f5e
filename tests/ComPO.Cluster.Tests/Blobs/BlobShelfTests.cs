using ComPO.Cluster.Blobs;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Tests.Blobs;

public sealed class BlobShelfTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_kept_is_had_by_its_digest_whole_and_in_parts(bool isOnDisk)
    {
        var shelf = new BlobShelf(isOnDisk ? _folder["blobs"] : null);
        byte[] bytes = [1, 2, 3, 4, 5];

        var digest = shelf.Keep(bytes);

        Assert.Equal(Digest.Of(bytes), digest);
        Assert.Equal(bytes, shelf.Get(digest));
        var (part, total) = shelf.ReadPart(digest, 3, 8)!.Value;
        Assert.Equal((5L, "0405"), (total, Convert.ToHexString(part)));
        Assert.Null(shelf.ReadPart(digest, 5, 8));
        Assert.Null(shelf.ReadPart(Digest.Of("other"u8), 0, 8));
        shelf.Forget(digest);
        Assert.False(shelf.Has(digest));
    }

    [Fact]
    public void Bytes_that_were_to_be_here_and_are_gone_fail_the_run_by_their_name()
    {
        var shelf = new BlobShelf();
        var digest = shelf.Keep([1, 2, 3]);
        shelf.Forget(digest);

        var failed = Assert.Throws<RunFailedException>(() => shelf.Get(digest));

        Assert.Contains(digest.ToString(), failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shelf_with_a_folder_outlives_its_process_and_a_damaged_file_is_as_good_as_none()
    {
        var digest = new BlobShelf(_folder["blobs"]).Keep([1, 2, 3]);
        Assert.True(new BlobShelf(_folder["blobs"]).Has(digest));

        File.WriteAllBytes(Path.Combine(_folder["blobs"], digest.ToString()), [1, 2, 4]);

        Assert.False(new BlobShelf(_folder["blobs"]).TryGet(digest, out _));
        Assert.False(File.Exists(Path.Combine(_folder["blobs"], digest.ToString())));
    }

    [Fact]
    public void What_was_being_written_when_the_process_was_killed_is_swept_at_the_next_start()
    {
        var digest = new BlobShelf(_folder["blobs"]).Keep([1, 2, 3]);
        File.WriteAllBytes(_folder[$"blobs/{Digest.Of("x"u8)}.{Guid.NewGuid():N}"], [9]);
        File.WriteAllText(_folder["blobs/run"], "first");

        _ = new BlobShelf(_folder["blobs"]);

        Assert.Equal([digest.ToString(), "run"], Directory.EnumerateFiles(_folder["blobs"]).Select(file => Path.GetFileName(file)).Order());
    }

    [Fact]
    public void Another_run_begins_with_an_empty_shelf_and_the_same_one_with_its_own()
    {
        var shelf = new BlobShelf(_folder["blobs"]);
        shelf.BeginRun("first");
        var digest = shelf.Keep([1]);
        File.WriteAllBytes(_folder["features"], [2]);
        shelf.Offer(Digest.Of([2]), _folder["features"]);

        var again = new BlobShelf(_folder["blobs"]);
        again.BeginRun("first");
        Assert.True(again.Has(digest));
        shelf.BeginRun("second");

        Assert.False(shelf.Has(digest));
        // What someone else looks after is not the shelf's to delete.
        Assert.True(shelf.Has(Digest.Of([2])));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void What_someone_else_looks_after_is_had_from_there_once_the_own_bytes_are_gone(bool isOnDisk, bool isOfferedFirst)
    {
        var shelf = new BlobShelf(isOnDisk ? _folder["blobs"] : null);
        var digest = Digest.Of([2]);
        File.WriteAllBytes(_folder["features"], [2]);
        Action[] steps = [() => shelf.Offer(digest, _folder["features"]), () => shelf.KeepVerified(digest, [2])];
        foreach (var step in isOfferedFirst ? steps : steps.Reverse())
            step();

        shelf.Clear();

        Assert.Equal([2], shelf.Get(digest));
        Assert.True(File.Exists(_folder["features"]));
        // Gone, and offered again from elsewhere.
        File.Move(_folder["features"], _folder["moved"]);
        shelf.Offer(digest, _folder["moved"]);
        Assert.Equal([2], shelf.Get(digest));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_left_to_someone_else_is_had_from_there_or_from_who_had_offered_it(bool isOffered)
    {
        var shelf = new BlobShelf(_folder["blobs"]);
        var digest = shelf.Keep([2]);
        File.WriteAllBytes(_folder["store"], [2]);
        File.WriteAllBytes(_folder["features"], [2]);
        if (isOffered)
            shelf.Offer(digest, _folder["features"]);

        shelf.LeaveTo(digest, _folder["store"]);

        Assert.False(File.Exists(_folder[$"blobs/{digest}"]));
        File.Delete(_folder[isOffered ? "store" : "features"]);
        Assert.Equal([2], shelf.Get(digest));
    }

    [Fact]
    public void Bytes_that_someone_else_looks_after_stay_until_they_are_forgotten()
    {
        var shelf = new BlobShelf(_folder["blobs"]);
        var digest = Digest.Of([3]);
        shelf.Offer(digest, [3]);

        shelf.BeginRun("another");
        shelf.Clear();

        Assert.Equal([3], shelf.Get(digest));
        shelf.Forget(digest);
        Assert.False(shelf.Has(digest));
    }

    [Fact]
    public void A_blob_is_put_together_from_chunks_in_any_order_and_only_if_its_digest_is_right()
    {
        var bytes = new byte[2 * Limits.ChunkBytes + 7];
        bytes[^1] = 9;
        var assembly = new BlobAssembly(Digest.Of(bytes), 1 << 20);
        foreach (var chunk in (int[])[2, 0, 0, 1])
            Assert.True(assembly.TryAdd(Chunk(bytes, chunk, Digest.Of(bytes))));
        Assert.True(assembly.IsComplete);
        Assert.Equal(bytes, assembly.TakeVerified());

        var wrong = new BlobAssembly(Digest.Of("else"u8), 1 << 20);
        Assert.False(wrong.TryAdd(Chunk(bytes, 0, Digest.Of(bytes))));
        foreach (var chunk in (int[])[0, 1, 2])
            wrong.TryAdd(Chunk(bytes, chunk, Digest.Of("else"u8)));
        Assert.Null(wrong.TakeVerified());
        Assert.False(new BlobAssembly(Digest.Of(bytes), mostBytes: 100).TryAdd(Chunk(bytes, 0, Digest.Of(bytes))));
    }

    private static BlobChunk Chunk(byte[] bytes, int chunk, Digest digest)
    {
        var offset = chunk * Limits.ChunkBytes;
        return new BlobChunk(digest, offset, bytes.Length, bytes[offset..Math.Min(bytes.Length, offset + Limits.ChunkBytes)]);
    }
}
