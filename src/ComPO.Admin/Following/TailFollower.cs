using ComPO.Admin.Connections;
using ComPO.Protocol;

namespace ComPO.Admin.Following;

/// <summary>Follows lines by their numbers, so many at a time; a node that is away for a moment costs none that it remembers.</summary>
internal sealed class TailFollower(PatientCluster cluster, TailSource source)
{
    /// <summary>Follows until cancelled.</summary>
    /// <param name="once">Whether to end instead as soon as there are no more lines.</param>
    /// <param name="show">Takes each line with its number.</param>
    /// <param name="miss">Takes how many lines in between were forgotten.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task FollowAsync(bool once, Action<long, string> show, Action<long> miss, CancellationToken cancellation)
    {
        for (var last = -1L; ;)
        {
            var tail = await cluster.AskAsync<TailLines>(new GetTail(source, last), cancellation);
            if (tail.First <= last)
            {
                // It counts anew: the node was started again.
                last = -1;
                continue;
            }
            if (last >= 0 && tail.First > last + 1)
                miss(tail.First - last - 1);
            for (var i = 0; i < tail.Lines.Length; i++)
                show(tail.First + i, tail.Lines[i]);
            last = tail.First + tail.Lines.Length - 1;
            if (tail.HasMore)
                continue;
            if (once)
                return;
            await cluster.PauseAsync(cancellation);
        }
    }
}
