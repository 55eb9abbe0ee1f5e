using System.Text.RegularExpressions;
using ComPO.Core.Errors;
using ComPO.Node.Commands;
using ComPO.Node.Tests.Documents;

namespace ComPO.Node.Tests.Commands;

public sealed class ReadmeTests
{
    private const string OptionsHead = "| option | meaning | default |\n|---|---|---|";

    [Fact]
    public void The_readme_says_of_every_command_what_its_help_says()
    {
        var root = CommandLine.Build();

        DocumentedTable.IsIn(
            "README.md", "| command | what it does |\n|---|---|", root.Subcommands.Select(command => DocumentedTable.RowOf(command.Name, command.Description!)).Prepend(DocumentedTable.RowOf("--role …", root.Description!)));
    }

    [Fact]
    public void The_readme_says_of_every_exit_code_what_the_code_says()
    {
        var code = File.ReadAllText(Path.Combine(Repository.Root, "src", "ComPO.Core", "Errors", "ExitCode.cs"));
        var meanings = Regex.Matches(code, @"<summary>(.+)\.</summary>\s+(\w+) = (\d+),").Select(match => (Name: match.Groups[2].Value, Row: $"| {match.Groups[3].Value} | {match.Groups[1].Value} |")).ToArray();

        Assert.Equal(Enum.GetNames<ExitCode>(), meanings.Select(meaning => meaning.Name));
        DocumentedTable.IsIn("README.md", "| code | when |\n|---|---|", meanings.Select(meaning => meaning.Row));
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
