using ComPO.Admin.Commands;

namespace ComPO.Admin.Prompt;

/// <summary>What could stand where the last word of a line stands: words of commands, options, and the values of options that have few.</summary>
internal static class Completion
{
    private static readonly string[] OwnWords = ["exit", "help", "quit"];

    /// <summary>The candidates, in the order of the alphabet.</summary>
    /// <param name="line">The line up to the cursor.</param>
    public static IReadOnlyList<string> Of(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        var last = line.Length == 0 || line[^1] == ' ' ? "" : words[^1];
        if (last.Length > 0)
            words.RemoveAt(words.Count - 1);
        var isHelp = words is ["help" or "?", ..];
        if (isHelp)
            words.RemoveAt(0);
        IEnumerable<string> candidates = words.Count > 0 && Choices(words) is { Count: > 0 } choices
            ? choices
            : last.StartsWith('-') ? OptionNames(words) : NextWords(words, isHelp);
        return [.. candidates.Where(candidate => candidate.StartsWith(last, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> NextWords(List<string> words, bool isHelp)
    {
        foreach (var row in CommandTable.Rows)
        {
            var name = row.Name.Split(' ');
            if (name.Length > words.Count && name.Take(words.Count).SequenceEqual(words))
                yield return name[words.Count];
        }
        if (words.Count == 0 && !isHelp)
        {
            foreach (var word in OwnWords)
                yield return word;
        }
    }

    // What a command's help lists.
    private static IEnumerable<string> OptionNames(List<string> words) =>
        (RowOf(words)?.Options ?? []).Concat(SharedOptions.All).Select(option => option.Name).Append("--help");

    private static List<string> Choices(List<string> words)
    {
        var option = (RowOf(words)?.Options ?? []).FirstOrDefault(option => option.Name == words[^1]);
        return option?.HelpName is { } names && names.Contains('|', StringComparison.Ordinal) ? [.. names.Split('|')] : [];
    }

    private static ConsoleCommand? RowOf(List<string> words) =>
        CommandTable.Rows.Where(row => words.Take(row.Name.Split(' ').Length).SequenceEqual(row.Name.Split(' '))).MaxBy(row => row.Name.Length);
}
