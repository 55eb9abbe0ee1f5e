namespace ComPO.Core.Pairs;

/// <summary>The rows of a data file that are no pairs: how many by reason, and which. Its memory does not grow with the file.</summary>
public sealed class SkippedRowTally
{
    /// <summary>The most rows that are listed of one reason, the first ones; all are counted.</summary>
    public const int MostListed = 1000;

    private const int MostWritten = 20;

    private readonly SortedDictionary<string, (int Count, List<int> Listed)> _reasons = new(StringComparer.Ordinal);

    /// <summary>How many rows were skipped, by reason.</summary>
    public IReadOnlyDictionary<string, int> Counts => _reasons.ToDictionary(reason => reason.Key, reason => reason.Value.Count);

    /// <summary>The first <see cref="MostListed"/> 0-based rows of each reason, in the order in which they were met.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> Rows => _reasons.ToDictionary(reason => reason.Key, IReadOnlyList<int> (reason) => reason.Value.Listed);

    /// <summary>A sentence for each reason, with its first rows.</summary>
    public IEnumerable<string> Sentences => _reasons.Select(reason => Sentence(reason.Key, reason.Value.Count, reason.Value.Listed));

    /// <summary>Counts a row.</summary>
    /// <param name="row">0-based.</param>
    /// <param name="reason">Why it is no pair.</param>
    public void Add(int row, SkipReason reason)
    {
        var name = reason.Name();
        var (count, listed) = _reasons.GetValueOrDefault(name, (0, []));
        if (listed.Count < MostListed)
            listed.Add(row);
        _reasons[name] = (count + 1, listed);
    }

    private static string Sentence(string reason, int count, IReadOnlyList<int> rows)
    {
        var written = string.Join(", ", rows.Take(MostWritten));
        return count == 1
            ? $"1 row skipped: {reason} (row {written})"
            : $"{count} rows skipped: {reason} (rows {written}{(count > MostWritten ? $" and {count - MostWritten} more" : "")})";
    }
}
