namespace ComPO.Torch.Heads;

/// <summary>Lets either an engine's threads compute or whoever has asked for their processors, never both.</summary>
internal sealed class LaneGate
{
    private readonly object _changes = new();
    private int _resting;
    private int _working;

    /// <summary>A thread begins to compute; waits while the engine rests.</summary>
    public void Enter()
    {
        lock (_changes)
        {
            while (_resting > 0)
                Monitor.Wait(_changes);
            _working++;
        }
    }

    /// <summary>A thread computes no more.</summary>
    public void Leave()
    {
        lock (_changes)
        {
            _working--;
            Monitor.PulseAll(_changes);
        }
    }

    /// <summary>Where a thread that computes may stop for a while; called often.</summary>
    public void Checkpoint()
    {
        if (Volatile.Read(ref _resting) == 0)
            return;
        Leave();
        Enter();
    }

    /// <summary>Does something once no thread computes, and lets none compute until it is done.</summary>
    public void AtRest(Action work)
    {
        lock (_changes)
        {
            _resting++;
            while (_working > 0)
                Monitor.Wait(_changes);
        }
        try
        {
            work();
        }
        finally
        {
            lock (_changes)
            {
                _resting--;
                Monitor.PulseAll(_changes);
            }
        }
    }
}
