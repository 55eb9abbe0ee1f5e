using ComPO.Cluster.Stores;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Digests;
using ComPO.Core.Safetensors;

namespace ComPO.Cluster.Tests.Stores;

public sealed class PairTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_added_is_there_in_a_later_process_and_in_any_reader_of_safetensors()
    {
        var table = Open("origin");
        for (var i = 0; i < 5; i++)
            table.Add(Key(i), (UInt128)(100 + i));
        table.Flush();

        var later = Open("origin");

        for (var i = 0; i < 5; i++)
            Assert.Equal((true, (UInt128)(100 + i)), (later.TryGet(Key(i), out var value), value));
        Assert.False(later.TryGet(Key(5), out _));
        var header = SafetensorsHeader.Parse(File.ReadAllBytes(_folder[table.FileName]));
        Assert.Equal(("kind", "origin"), (header.Metadata["format"], header.Metadata["origin"]));
        Assert.Equal([5, 32], Assert.Single(header.Tensors).Shape);
    }

    [Fact]
    public void A_file_of_another_origin_or_kind_is_not_used_whatever_its_name()
    {
        var table = Open("origin");
        table.Add(Key(1), 1);
        table.Flush();
        var (another, ofAnotherKind) = (Open("another"), new PairTable(Folder(), "other kind", "origin"));
        Assert.False(another.TryGet(Key(1), out _));

        File.Copy(_folder[table.FileName], _folder[another.FileName]);
        File.Copy(_folder[table.FileName], _folder[ofAnotherKind.FileName]);

        Assert.False(Open("another").TryGet(Key(1), out _));
        Assert.False(new PairTable(Folder(), "other kind", "origin").TryGet(Key(1), out _));
        Assert.True(Open("origin").TryGet(Key(1), out _));
    }

    [Fact]
    public void No_flipped_bit_and_no_missing_byte_changes_what_is_known()
    {
        var table = Open("origin");
        table.Add(Key(1), 77);
        table.Add(Key(2), 78);
        table.Flush();
        var (path, whole) = (_folder[table.FileName], File.ReadAllBytes(_folder[table.FileName]));

        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, damaged);
            AssertRightOrUnknown(Open("origin"), at);
            File.WriteAllBytes(path, whole[..at]);
            AssertRightOrUnknown(Open("origin"), at);
        }
        // Among the data every bit is found out.
        whole[^1] ^= 1;
        File.WriteAllBytes(path, whole);
        Assert.False(Open("origin").TryGet(Key(1), out _));

        static void AssertRightOrUnknown(PairTable read, int at)
        {
            foreach (var (key, value) in (ReadOnlySpan<(int, int)>)[(1, 77), (2, 78)])
                Assert.True(!read.TryGet(Key(key), out var found) || found == (UInt128)value, $"Byte {at} was believed.");
        }
    }

    [Fact]
    public void Two_that_add_to_one_file_lose_nothing_of_each_other()
    {
        var (one, other) = (Open("origin"), Open("origin"));
        one.Add(Key(1), 1);
        other.Add(Key(2), 2);
        one.Flush();
        other.Flush();

        var both = Open("origin");

        Assert.True(both.TryGet(Key(1), out _) && both.TryGet(Key(2), out _));
        // Whoever writes learns what the other has found.
        Assert.True(other.TryGet(Key(1), out _));
    }

    [Fact]
    public void The_oldest_go_when_there_are_more_than_the_quota_holds()
    {
        var quota = 4096 + "origin".Length + 10 * 32;
        var table = new PairTable(Folder(quota), "kind", "origin");
        for (var i = 0; i < 15; i++)
            table.Add(Key(i), 1);
        table.Flush();

        var later = new PairTable(Folder(quota), "kind", "origin");

        Assert.Equal([.. Enumerable.Range(5, 10)], Enumerable.Range(0, 15).Where(i => later.TryGet(Key(i), out _)));
        Assert.InRange(new FileInfo(_folder[table.FileName]).Length, 10 * 32, quota);
    }

    [Fact]
    public void With_no_quota_nothing_is_kept()
    {
        var table = new PairTable(Folder(0), "kind", "origin");
        table.Add(Key(1), 1);
        table.Flush();

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private static Digest Key(int i) => Digest.Of([(byte)i]);

    private PairTable Open(string origin) => new(Folder(), "kind", origin);

    private QuotaFolder Folder(long quota = 1 << 20) => new(_folder.Path, quota, Assert.Fail);
}
