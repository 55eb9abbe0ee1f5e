using ComPO.Core.Pairs;
using ComPO.Protocol;

namespace ComPO.Cluster.Runs;

/// <summary>Which rows of the data were left out: the first ones of each reason, so that neither a journal nor a message grows with the data.</summary>
internal static class SkippedRowList
{
    /// <summary>The rows that come to the list.</summary>
    /// <param name="listed">What it holds.</param>
    /// <param name="met">Rows in the order in which they were met; some may be in it.</param>
    public static SkippedRow[] Beyond(IReadOnlyCollection<SkippedRow> listed, IEnumerable<SkippedRow> met)
    {
        var known = listed.Select(row => row.Row).ToHashSet();
        var room = Enum.GetValues<SkipReason>().ToDictionary(reason => reason, reason => SkippedRowTally.MostListed - listed.Count(row => row.Reason == reason));
        return [.. met.Where(row => room[row.Reason] > 0 && known.Add(row.Row) && room[row.Reason]-- > 0)];
    }
}
