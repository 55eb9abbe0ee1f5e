using ComPO.Admin.Commands;
using ComPO.Node.Tests.Documents;

namespace ComPO.Admin.Tests.Commands;

public sealed class ReadmeTests
{
    [Fact]
    public void The_readme_says_of_every_command_what_its_help_says() =>
        DocumentedTable.IsIn("README.md", "| command | what it does |\n|---|---|", CommandTable.Rows.Select(command => DocumentedTable.RowOf(command.Name, command.Description)));

    [Fact]
    public void The_reference_has_every_option_of_every_command_with_its_meaning_and_default()
    {
        const string head = "| option | meaning | default |\n|---|---|---|";
        DocumentedTable.IsIn("deploy/reference.md", $"### Every command of the console\n\n{head}", DocumentedTable.RowsOf(SharedOptions.All));
        DocumentedTable.IsIn("deploy/reference.md", $"### `start`\n\n{head}", DocumentedTable.RowsOf(StartCommand.Row.Options));
        DocumentedTable.IsIn(
            "deploy/reference.md",
            "### The other commands of the console\n\n| command | option | meaning | default |\n|---|---|---|---|",
            CommandTable.Rows.Where(command => command != StartCommand.Row)
                .SelectMany(command => DocumentedTable.RowsOf(command.Options).Select(row => $"| `{command.Name}` {row}")));
    }
}
