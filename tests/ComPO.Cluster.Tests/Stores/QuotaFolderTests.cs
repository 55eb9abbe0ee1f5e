using ComPO.Cluster.Stores;
using ComPO.Cluster.Tests.Fakes;

namespace ComPO.Cluster.Tests.Stores;

public sealed class QuotaFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _complaints = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_not_used_for_longest_goes_first()
    {
        var folder = Open(300);
        foreach (var (name, minute) in (ReadOnlySpan<(string, int)>)[("a", 1), ("b", 2), ("c", 3)])
        {
            folder.Write(name, new byte[100]);
            File.SetLastWriteTimeUtc(_folder["store/" + name], DateTime.UtcNow.AddHours(-1).AddMinutes(minute));
        }
        Assert.Equal(100, folder.TryRead("a")!.Length);

        folder.Write("d", new byte[150]);

        // a was read after b and c were written; of b and c both had to go.
        Assert.Equal(["a", "d"], Names());
        folder.Write("d", new byte[10]);
        Assert.Equal(["a", "d"], Names());
    }

    [Fact]
    public void What_another_process_has_written_and_left_unfinished_counts_too()
    {
        Open(1000).Write("ours", new byte[100]);
        var folder = Open(300);
        folder.Write("first", new byte[100]);
        File.WriteAllBytes(_folder["store/theirs.0123"], new byte[250]);
        File.SetLastWriteTimeUtc(_folder["store/theirs.0123"], DateTime.UtcNow.AddHours(-1));
        File.SetLastWriteTimeUtc(_folder["store/ours"], DateTime.UtcNow.AddHours(-2));

        folder.Write("second", new byte[100]);

        Assert.Equal(["first", "second"], Names());
    }

    [Fact]
    public void What_is_larger_than_the_quota_is_not_kept_and_does_not_cost_the_others_their_place()
    {
        var folder = Open(100);
        folder.Write("small", new byte[100]);

        folder.Write("large", new byte[101]);

        Assert.Equal(["small"], Names());
        Open(0).Write("nothing is kept", [1]);
        Assert.Equal(["small"], Names());
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_once_and_is_as_good_as_empty()
    {
        File.WriteAllText(_folder["store"], "a file");
        var folder = Open(1000);

        folder.Write("a", [1]);
        folder.Write("b", [1]);

        Assert.Contains("cannot be written", Assert.Single(_complaints), StringComparison.Ordinal);
        Assert.Null(folder.TryRead("a"));
        Assert.False(folder.TryTouch("a"));
        folder.Delete("a");
    }

    [Fact]
    public async Task Many_that_write_and_read_at_once_see_whole_files_or_none()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            var folder = Open(3000);
            for (var i = 0; i < 200; i++)
            {
                var bytes = new byte[500];
                Array.Fill(bytes, (byte)(writer * 50 + i % 50));
                folder.Write($"file-{i % 8}", bytes);
                if (folder.TryRead($"file-{(i + 3) % 8}") is { } read)
                    Assert.Equal((500, read[0]), (read.Length, read.Distinct().Single()));
            }
        })));

        Assert.Empty(_complaints);
        Assert.InRange(Directory.GetFiles(_folder["store"]).Length, 1, 6 + 4);
    }

    private QuotaFolder Open(long quota) => new(_folder["store"], quota, sentence =>
    {
        lock (_complaints)
            _complaints.Add(sentence);
    });

    private IEnumerable<string> Names() => Directory.GetFiles(_folder["store"]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
}
