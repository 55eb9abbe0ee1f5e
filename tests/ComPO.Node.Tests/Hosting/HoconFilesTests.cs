using Akka.Configuration;
using Akka.Configuration.Hocon;
using ComPO.Cluster.Configuration;
using ComPO.Node.Hosting;

namespace ComPO.Node.Tests.Hosting;

/// <summary>The files in hocon/ say what is so when nothing is said.</summary>
public sealed class HoconFilesTests
{
    [Theory]
    [InlineData("seed.conf")]
    [InlineData("trainer.conf")]
    public void Every_key_is_known_has_its_default_and_a_comment(string name)
    {
        var path = Path.Combine(Repository.Root, "hocon", name);
        // Refuses what the node would refuse.
        var config = NodeConfiguration.Read(path);

        Assert.All(
            Leaves(config.Root, "").Where(key => key.StartsWith("compo.", StringComparison.Ordinal)),
            key => Assert.Equal(Text(ComPODefaults.Hocon, key), Text(config, key)));
        Assert.All(
            Leaves(config.Root, "").Where(key => key.StartsWith("akka.", StringComparison.Ordinal) && key != "akka.cluster.seed-nodes"),
            key => Assert.Equal(Text(ComPODefaults.Hocon, key), Text(config, key)));
        Assert.All(UncommentedKeys(File.ReadAllLines(path)), key => Assert.Fail($"{name}: {key} has no comment above it."));
    }

    [Fact]
    public void Together_they_have_every_key_of_compo()
    {
        var shown = new[] { "seed.conf", "trainer.conf" }
            .SelectMany(name => Leaves(NodeConfiguration.Read(Path.Combine(Repository.Root, "hocon", name)).Root, "")).ToHashSet();

        Assert.All(
            Leaves(ComPODefaults.Hocon.Root, "").Where(key => key.StartsWith("compo.", StringComparison.Ordinal)),
            key => Assert.Contains(key, shown));
    }

    private static string Text(Config config, string key) => config.GetValue(key) is { } value && value.IsArray()
        ? string.Join(",", value.GetStringList())
        : config.GetString(key);

    private static IEnumerable<string> Leaves(HoconValue value, string path) => value.IsObject()
        ? value.GetObject().Items.SelectMany(item => Leaves(item.Value, path.Length == 0 ? item.Key : $"{path}.{item.Key}"))
        : [path];

    // A key inside a dispatcher or an address speaks for its neighbours.
    private static IEnumerable<string> UncommentedKeys(string[] lines) => lines
        .Index()
        .Where(line => line.Item.Contains('=', StringComparison.Ordinal) && !line.Item.TrimStart().StartsWith('#'))
        .Where(line => !HasCommentAbove(lines, line.Index))
        .Select(line => line.Item.Trim());

    private static bool HasCommentAbove(string[] lines, int index)
    {
        for (var above = index - 1; above >= 0 && lines[above].Trim().Length > 0; above--)
        {
            if (lines[above].TrimStart().StartsWith('#'))
                return true;
        }
        return false;
    }
}
