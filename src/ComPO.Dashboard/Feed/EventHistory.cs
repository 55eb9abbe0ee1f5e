using ComPO.Protocol;

namespace ComPO.Dashboard.Feed;

/// <summary>What has happened, from whatever supervisor told of it; so many events and no more.</summary>
internal sealed class EventHistory
{
    /// <summary>How many events are kept.</summary>
    public const int Capacity = 200;

    private readonly SortedSet<ClusterEvent> _events = new(Comparer<ClusterEvent>.Create(Compare));
    private string? _supervisor;
    private IReadOnlyList<ClusterEvent>? _latestFirst;

    /// <summary>The time of the last event that the present supervisor has told of.</summary>
    public long Last { get; private set; }

    /// <summary>All of them; the same object until there is more.</summary>
    public IReadOnlyList<ClusterEvent> LatestFirst => _latestFirst ??= [.. _events.Reverse()];

    /// <summary>Listens to another supervisor from its beginning on.</summary>
    public void Follow(string supervisor, long last)
    {
        if (supervisor == _supervisor && last >= Last)
            return;
        (_supervisor, Last) = (supervisor, 0);
    }

    /// <summary>Takes what has happened.</summary>
    public void Add(RecentEvents told)
    {
        if (told.Supervisor != _supervisor)
            return;
        foreach (var happened in told.Events)
        {
            _events.Add(happened);
            Last = Math.Max(Last, happened.UnixMilliseconds);
            if (_events.Count > Capacity)
                _events.Remove(_events.Min!);
            _latestFirst = null;
        }
    }

    private static int Compare(ClusterEvent? left, ClusterEvent? right) =>
        (left!.UnixMilliseconds, left.Sentence, left.Node).CompareTo((right!.UnixMilliseconds, right.Sentence, right.Node));
}
