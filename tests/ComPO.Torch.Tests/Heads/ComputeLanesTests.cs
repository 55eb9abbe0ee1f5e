using System.Collections.Concurrent;
using ComPO.Torch.Heads;
using TorchSharp;

namespace ComPO.Torch.Tests.Heads;

public sealed class ComputeLanesTests
{
    [Fact]
    public void However_many_callers_there_are_no_more_threads_compute_than_were_given()
    {
        using var lanes = new ComputeLanes(2);
        var threads = new ConcurrentDictionary<int, int>();
        var (inside, most, items) = (0, 0, 0);

        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, _ => lanes.Run(50, (_, _) =>
        {
            var now = Interlocked.Increment(ref inside);
            for (var seen = most; now > seen; seen = most)
                Interlocked.CompareExchange(ref most, now, seen);
            threads[Environment.CurrentManagedThreadId] = torch.get_num_threads();
            Thread.SpinWait(2000);
            Interlocked.Increment(ref items);
            Interlocked.Decrement(ref inside);
        }));

        Assert.Equal(300, items);
        Assert.InRange(most, 1, 2);
        Assert.Equal(2, threads.Count);
        // Each computes alone: torch starts no threads of its own beside them.
        Assert.All(threads.Values, torchThreads => Assert.Equal(1, torchThreads));
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads.Keys);
    }

    [Fact]
    public void A_lane_that_is_to_use_several_threads_of_torch_says_so_on_its_own_thread()
    {
        using var lanes = new ComputeLanes(1, torchThreads: 3);
        var (here, there) = (torch.get_num_threads(), 0);
        lanes.Run(1, (_, _) => there = torch.get_num_threads(), TestContext.Current.CancellationToken);

        Assert.Equal(3, there);
        Assert.Equal(here, torch.get_num_threads());
    }
}
