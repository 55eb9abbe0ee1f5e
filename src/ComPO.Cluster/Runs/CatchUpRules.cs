using ComPO.Core.Digests;
using ComPO.Core.Runs;

namespace ComPO.Cluster.Runs;

/// <summary>How a head comes to where a run stands: by the updates that it misses, or by a kept head and the updates since. Pure.</summary>
internal static class CatchUpRules
{
    // A head is worth its transfer when it spares more updates than this.
    private const int UpdatesWorthAHead = 3;

    /// <summary>After how many iterations the run had this head; null when it never had.</summary>
    public static int? PlaceOf(RunState run, Digest head)
    {
        for (var place = run.Committed; place > 0; place--)
        {
            if (run.Commits[place - 1].HeadDigest == head)
                return place;
        }
        return head == run.Model!.BaseDigest ? 0 : null;
    }

    /// <summary>The updates since so many iterations, in order.</summary>
    public static IReadOnlyList<IterationCommitted> Missed(RunState run, int place) => [.. Updates(run.Commits.Skip(place))];

    /// <summary>The kept head, if it spares enough of the updates that are missed.</summary>
    public static HeadRetained? HeadToTake(RunState run, IReadOnlyList<IterationCommitted> missed) =>
        run.KeptHead is { } kept && missed.Count(committed => committed.Iteration < kept.Committed) > UpdatesWorthAHead ? kept : null;

    /// <summary>The first iteration whose update may be asked for: whoever lacks more than those since takes the kept head in their place.</summary>
    public static int FirstWorthKeeping(RunState run) =>
        run.KeptHead is { } kept ? Updates(run.Commits.Take(kept.Committed)).TakeLast(UpdatesWorthAHead).FirstOrDefault()?.Iteration ?? 0 : 0;

    private static IEnumerable<IterationCommitted> Updates(IEnumerable<IterationCommitted> commits) =>
        commits.Where(committed => committed.Verdict == IterationVerdict.Accepted);
}
