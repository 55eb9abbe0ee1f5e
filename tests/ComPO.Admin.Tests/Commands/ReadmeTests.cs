using ComPO.Admin.Commands;

namespace ComPO.Admin.Tests.Commands;

public sealed class ReadmeTests
{
    [Fact]
    public void The_readme_has_a_row_for_every_command_and_option()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "ComPO.sln")))
            root = root.Parent!;
        var readme = File.ReadAllText(Path.Combine(root.FullName, "README.md"));

        Assert.All(CommandTable.Rows, command => Assert.Contains($"| `{command.Name}` |", readme, StringComparison.Ordinal));
        Assert.All(
            CommandTable.Rows.SelectMany(command => command.Options).Concat(SharedOptions.All),
            option => Assert.Contains($"`{option.Name}", TablesOf(readme), StringComparison.Ordinal));
    }

    private static string TablesOf(string readme) => string.Join('\n', readme.Split('\n').Where(line => line.StartsWith('|')));
}
