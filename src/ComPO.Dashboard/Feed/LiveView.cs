namespace ComPO.Dashboard.Feed;

/// <summary>
/// The view that all open pages share. While somebody watches, a <see cref="ClusterReader"/> keeps it up to date; else the cluster is left alone.
/// </summary>
internal sealed class LiveView
{
    private readonly Lock _lock = new();
    private readonly List<Watcher> _watchers = [];
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ClusterView _current = ClusterView.Nothing;

    /// <summary>What is known now.</summary>
    public ClusterView Current => _current;

    /// <summary>How many pages watch.</summary>
    public int Watchers
    {
        get
        {
            lock (_lock)
                return _watchers.Count;
        }
    }

    /// <summary>Asks for a view when nobody watches; set by the reader.</summary>
    public Action? Refresh { get; set; }

    /// <summary>Has a page told of each new view until what is returned is disposed.</summary>
    public IDisposable Watch(Action<ClusterView> changed)
    {
        var watcher = new Watcher(this, changed);
        lock (_lock)
            _watchers.Add(watcher);
        Refresh?.Invoke();
        return watcher;
    }

    /// <summary>A view that is not older than the request, or, if the cluster is slow to answer, what is known.</summary>
    /// <param name="patience">How long to wait for it.</param>
    public async Task<ClusterView> FreshAsync(TimeSpan patience)
    {
        Task next;
        lock (_lock)
            next = _next.Task;
        Refresh?.Invoke();
        await Task.WhenAny(next, Task.Delay(patience));
        return _current;
    }

    /// <summary>Tells everybody of a new view.</summary>
    public void Publish(ClusterView view)
    {
        Watcher[] watchers;
        TaskCompletionSource next;
        lock (_lock)
        {
            _current = view;
            watchers = [.. _watchers];
            (next, _next) = (_next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        next.SetResult();
        foreach (var watcher in watchers)
            watcher.Changed(view);
    }

    private sealed class Watcher(LiveView live, Action<ClusterView> changed) : IDisposable
    {
        public Action<ClusterView> Changed { get; } = changed;

        public void Dispose()
        {
            lock (live._lock)
                live._watchers.Remove(this);
        }
    }
}
