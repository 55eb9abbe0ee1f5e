using ComPO.Core.Errors;
using ComPO.Node.Commands;
using ComPO.Node.Tests.Documents;

namespace ComPO.Node.Tests.Commands;

public sealed class ReadmeTests
{
    private const string OptionsHead = "| option | meaning | default |\n|---|---|---|";

    [Fact]
    public void The_readme_has_a_row_for_every_command()
    {
        var readme = File.ReadAllText(Path.Combine(PublishedData.RepositoryRoot, "README.md"));

        Assert.All(CommandLine.Build().Subcommands, command => Assert.Contains($"| `{command.Name}` |", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void The_readme_has_every_exit_code()
    {
        var readme = File.ReadAllLines(Path.Combine(PublishedData.RepositoryRoot, "README.md"));

        var written = readme.SkipWhile(line => line != "| code | when |").Skip(2).TakeWhile(line => line.StartsWith('|')).Select(row => row.Split('|')[1].Trim());
        Assert.Equal(Enum.GetValues<ExitCode>().Select(code => $"{(int)code}"), written);
    }

    [Fact]
    public void The_reference_has_every_option_of_every_command_with_its_meaning_and_default()
    {
        var root = CommandLine.Build();

        DocumentedTable.IsIn("deploy/reference.md", $"### A node: `--role`\n\n{OptionsHead}", DocumentedTable.RowsOf(root.Options));
        Assert.All(
            root.Subcommands.SelectMany(command => command.Subcommands.Count == 0 ? [(command.Name, command)] : command.Subcommands.Select(part => ($"{command.Name} {part.Name}", part))),
            command => DocumentedTable.IsIn("deploy/reference.md", $"### `{command.Item1}`\n\n{OptionsHead}", DocumentedTable.RowsOf(command.Item2.Options)));
    }
}
