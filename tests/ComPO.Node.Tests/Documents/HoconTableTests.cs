using System.Text;

namespace ComPO.Node.Tests.Documents;

/// <summary>The table of keys is that of the files in hocon/, which <see cref="Hosting.HoconFilesTests"/> holds against the defaults.</summary>
public sealed class HoconTableTests
{
    [Fact]
    public void The_readme_has_every_key_with_its_default_and_meaning()
    {
        var (seed, trainer) = (KeysOf("seed.conf"), KeysOf("trainer.conf"));
        var keys = seed.Concat(trainer.ExceptBy(seed.Select(key => key.Name), key => key.Name))
            // The project's own before Akka's.
            .OrderBy(key => key.Name.StartsWith("akka.", StringComparison.Ordinal)).ThenBy(key => key.Name, StringComparer.Ordinal).ToList();
        var rows = keys.Select((key, index) =>
        {
            var roles = (seed.Exists(other => other.Name == key.Name), trainer.Exists(other => other.Name == key.Name)) switch
            {
                (true, true) => "both",
                (true, false) => "seed",
                _ => "trainer",
            };
            var meaning = index > 0 && keys[index - 1].Meaning == key.Meaning ? "see above" : key.Meaning;
            return $"| `{key.Name}` | {roles} | `{DocumentedTable.Cell(key.Standard)}` | {DocumentedTable.Cell(meaning)} |";
        });

        DocumentedTable.IsIn("README.md", "| key | of | default | meaning |\n|---|---|---|---|", rows);
    }

    // The files are written one key a line, with what it means above it or above the block that it is in.
    private static List<Key> KeysOf(string file)
    {
        var keys = new List<Key>();
        var (blocks, comment) = (new Stack<(string Name, string Meaning)>(), new StringBuilder());
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "hocon", file)).Select(line => line.Trim()))
        {
            if (line.StartsWith('#'))
            {
                comment.Append(comment.Length > 0 ? " " : "").Append(line[1..].Trim());
                continue;
            }
            var meaning = comment.Length > 0 || blocks.Count == 0 ? comment.ToString() : blocks.Peek().Meaning;
            if (line.EndsWith('{'))
                blocks.Push((line[..^1].Trim(), meaning));
            else if (line == "}")
                blocks.Pop();
            else if (line.Split(" = ", 2) is [var name, var standard])
                keys.Add(new Key(string.Join('.', blocks.Reverse().Select(block => block.Name).Append(name)), standard, meaning));
            comment.Clear();
        }
        return keys;
    }

    private sealed record Key(string Name, string Standard, string Meaning);
}
