using System.CommandLine;
using ComPO.Node.Commands;

namespace ComPO.Node.Tests.Commands;

public sealed class ReadmeTests
{
    [Fact]
    public void The_readme_has_a_row_for_every_command_and_option()
    {
        var readme = File.ReadAllText(Path.Combine(PublishedData.RepositoryRoot, "README.md"));
        var root = CommandLine.Build();

        Assert.All(root.Subcommands, command => Assert.Contains($"| `{command.Name}` |", readme, StringComparison.Ordinal));
        Assert.All(OptionsOf(root), option => Assert.Contains($"| `{option.Name}", readme, StringComparison.Ordinal));
    }

    private static IEnumerable<Option> OptionsOf(Command command) => command.Options
        .Where(option => option.Name is not ("--help" or "--version"))
        .Concat(command.Subcommands.SelectMany(OptionsOf));
}
