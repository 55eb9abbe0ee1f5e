using ComPO.Admin.Commands;
using ComPO.Node.Tests.Documents;

namespace ComPO.Admin.Tests.Commands;

public sealed class ReadmeTests
{
    [Fact]
    public void The_readme_has_a_row_for_every_command()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "ComPO.sln")))
            root = root.Parent!;
        var readme = File.ReadAllText(Path.Combine(root.FullName, "README.md"));

        Assert.All(CommandTable.Rows, command => Assert.Contains($"| `{command.Name}` |", readme, StringComparison.Ordinal));
    }

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
