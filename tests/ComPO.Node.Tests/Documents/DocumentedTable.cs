using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ComPO.Node.Tests.Documents;

/// <summary>Tables of the documents that are made of the code; a page that has another one fails with the one it should have.</summary>
internal static partial class DocumentedTable
{
    /// <summary>The rows of options: name, meaning and default, as help gives them.</summary>
    public static IEnumerable<string> RowsOf(IEnumerable<Option> options) => options
        .Where(option => option.Name is not ("--help" or "--version"))
        .Select(option => $"| {NameOf(option)} | {MeaningOf(option)} | {DefaultOf(option)} |");

    /// <summary>The row of a command: its name, and what it does as help says it.</summary>
    public static string RowOf(string name, string description) => $"| `{Cell(name)}` | {Cell(description.TrimEnd('.'))} |";

    /// <summary>An option's name and aliases, the first with what follows it.</summary>
    public static string NameOf(Option option) => string.Join(", ", new[] { option.HelpName is { } value ? $"{option.Name} <{value}>" : option.Name }
        .Concat(option.Aliases).Select(name => $"`{Cell(name)}`"));

    /// <summary>What it is, without its default.</summary>
    public static string MeaningOf(Option option) => Cell(Written().Replace(option.Description!, "").Trim().TrimEnd('.'));

    /// <summary>What holds where it is not given: what its description says in brackets, else its value.</summary>
    public static string DefaultOf(Option option) => Cell(
        Written().Match(option.Description!) is { Success: true } written ? written.Groups[1].Value
        : option.Required ? "required"
        : option.HasDefaultValue && option.ValueType != typeof(bool) ? Convert.ToString(option.GetDefaultValue(), CultureInfo.InvariantCulture)!
        : "");

    /// <summary>Text that may stand in a table.</summary>
    public static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>Holds a page against a table.</summary>
    /// <param name="page">The page, from the repository's root.</param>
    /// <param name="before">The text that the table follows, its head included.</param>
    /// <param name="rows">The rows it is to have, and no others.</param>
    public static void IsIn(string page, string before, IEnumerable<string> rows)
    {
        var table = $"{before}\n{string.Join('\n', rows)}\n\n";
        var text = File.ReadAllText(Path.Combine(Repository.Root, page));
        Assert.True(text.Contains(table, StringComparison.Ordinal), $"{page} does not have this table, word for word:\n\n{table}");
    }

    [GeneratedRegex(@"\s*\[default: ([^\]]*)\]")]
    private static partial Regex Written();
}
