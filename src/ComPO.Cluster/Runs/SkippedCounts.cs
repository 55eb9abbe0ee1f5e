using ComPO.Core.Pairs;
using ComPO.Protocol;

namespace ComPO.Cluster.Runs;

/// <summary>Rows that were left out, by the names that logs and consoles have for the reasons.</summary>
internal static class SkippedCounts
{
    /// <summary>The counts in the order of the reasons.</summary>
    public static SkippedCount[] Describe(IReadOnlyDictionary<SkipReason, int> counts) =>
        [.. counts.OrderBy(skipped => skipped.Key).Select(skipped => new SkippedCount(skipped.Key.Name(), skipped.Value))];

    /// <summary>More rows left out than before.</summary>
    /// <param name="before">The counts so far.</param>
    /// <param name="more">Rows that are not among them.</param>
    public static SkippedCount[] Add(IReadOnlyList<SkippedCount> before, IEnumerable<SkippedRow> more)
    {
        var counts = Enum.GetValues<SkipReason>()
            .ToDictionary(reason => reason, reason => before.FirstOrDefault(skipped => skipped.Reason == reason.Name())?.Rows ?? 0);
        foreach (var row in more)
            counts[row.Reason]++;
        return Describe(counts.Where(skipped => skipped.Value > 0).ToDictionary());
    }
}
