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
        var commands = CommandTable.BuildParser().Subcommands;

        Assert.All(commands, command => Assert.Contains($"| `{command.Name}` |", readme, StringComparison.Ordinal));
        Assert.All(
            commands.SelectMany(command => command.Options).Where(option => option.Name is not ("--help" or "--version")),
            option => Assert.Contains($"| `{option.Name}", readme, StringComparison.Ordinal));
    }
}
