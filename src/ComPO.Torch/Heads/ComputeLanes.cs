using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ComPO.Torch.Native;

namespace ComPO.Torch.Heads;

/// <summary>
/// The threads an engine computes on: dedicated, as many as it was given, each with torch's own
/// threading switched off unless it is asked for. However many callers there are, no more than these ever compute, so a node
/// is never oversubscribed. The work is handed out item by item; which thread does which item never
/// reaches a result, because items do not share state.
/// </summary>
internal sealed class ComputeLanes : IDisposable
{
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly LaneGate _gate = new();
    private readonly Thread[] _threads;
    private readonly int _torchThreads;
    private int _disposed;

    /// <param name="count">How many threads.</param>
    /// <param name="torchThreads">How many threads one torch operation of a lane may use, its own included.</param>
    public ComputeLanes(int count, int torchThreads = 1)
    {
        _torchThreads = torchThreads;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Libtorch.EnsureLoaded();
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"head engine {i}" };
            _threads[i].Start();
        }
    }

    public int Count => _threads.Length;

    /// <summary>
    /// Calls <paramref name="work"/> once for each item in [0, items) and returns when all are done.
    /// The first exception of any item ends the job and is thrown here.
    /// </summary>
    public void Run(int items, Action<Lane, int> work, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancellation.ThrowIfCancellationRequested();
        if (items <= 0)
            return;

        var shares = Math.Min(items, _threads.Length);
        using var job = new Job(items, work, shares, cancellation);
        for (var i = 0; i < shares; i++)
            _jobs.Add(job, CancellationToken.None);
        job.Wait();
    }

    /// <summary>Does something on the caller's thread while all lanes stand still, between items or at a checkpoint of one.</summary>
    public void AtRest(Action work) => _gate.AtRest(work);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _jobs.CompleteAdding();
        foreach (var thread in _threads)
            thread.Join();
        _jobs.Dispose();
    }

    private void Work()
    {
        using var alone = TorchThreads.Use(_torchThreads);
        using var lane = new Lane(_gate);
        foreach (var job in _jobs.GetConsumingEnumerable())
        {
            _gate.Enter();
            job.Share(lane);
            _gate.Leave();
        }
    }

    private sealed class Job(int items, Action<Lane, int> work, int shares, CancellationToken cancellation) : IDisposable
    {
        private readonly CountdownEvent _open = new(shares);
        private ExceptionDispatchInfo? _failure;
        private int _next;

        public void Share(Lane lane)
        {
            try
            {
                for (var item = Take(); item < items && _failure is null; item = Take())
                {
                    lane.Checkpoint(cancellation);
                    work(lane, item);
                }
            }
#pragma warning disable CA1031 // Whatever it was, it belongs to the caller of Run, and the lane must live on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            }
            finally
            {
                _open.Signal();
            }
        }

        public void Wait()
        {
            _open.Wait(CancellationToken.None);
            _failure?.Throw();
        }

        public void Dispose() => _open.Dispose();

        private int Take() => Interlocked.Increment(ref _next) - 1;
    }
}
