using ComPO.Node.Quickstart;

namespace ComPO.Node.Tests.Quickstart;

public sealed class SampleCacheTests
{
    private readonly string _root = Directory.CreateTempSubdirectory("compo-cache-").FullName;

    [Fact]
    public void A_folder_is_made_once_and_then_found()
    {
        var made = 0;
        string Get() => new SampleCache(_root).GetOrMake("key", folder =>
        {
            made++;
            File.WriteAllText(Path.Combine(folder, "content"), "text");
        });

        Assert.Equal(Get(), Get());
        Assert.Equal(1, made);
        Assert.Equal("text", File.ReadAllText(Path.Combine(Get(), "content")));
    }

    [Fact]
    public void What_fails_half_way_leaves_nothing()
    {
        Assert.Throws<InvalidOperationException>(() => new SampleCache(_root).GetOrMake("key", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "half"), "text");
            throw new InvalidOperationException();
        }));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public void Of_two_that_make_the_same_folder_the_first_one_wins_and_both_get_it()
    {
        var cache = new SampleCache(_root);
        var folder = cache.GetOrMake("key", late =>
        {
            File.WriteAllText(Path.Combine(late, "content"), "late");
            cache.GetOrMake("key", early => File.WriteAllText(Path.Combine(early, "content"), "early"));
        });

        Assert.Equal("early", File.ReadAllText(Path.Combine(folder, "content")));
        Assert.Single(Directory.EnumerateFileSystemEntries(_root));
    }

    [Theory]
    [InlineData("/cache", "/home/mia", "/cache/compo")]
    [InlineData("relative", "/home/mia", "/home/mia/.cache/compo")]
    [InlineData("", "/home/mia", "/home/mia/.cache/compo")]
    [InlineData(null, "", "/tmp/compo-mia")]
    [InlineData(null, null, "/tmp/compo-mia")]
    public void The_place_follows_the_conventions_of_the_system(string? cacheHome, string? home, string expected) =>
        Assert.Equal(expected, SampleCache.Candidates(cacheHome, home, "/tmp", "mia").First());
}
