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

    [Theory(Timeout = 60_000)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(2, int.MaxValue)]
    public async Task While_the_lanes_are_at_rest_none_computes_and_then_they_go_on(int items, int checkpoints)
    {
        using var lanes = new ComputeLanes(2);
        using var end = new CancellationTokenSource();
        var steps = 0L;
        var computing = Task.Run(() => lanes.Run(items, (lane, _) =>
        {
            for (var i = 0; i < checkpoints; i++)
            {
                lane.Checkpoint(end.Token);
                Thread.SpinWait(2_000);
                Interlocked.Increment(ref steps);
            }
        }), TestContext.Current.CancellationToken);

        // Without a checkpoint on the way the first rest would not begin before all is done.
        await Task.Run(() =>
        {
            for (var rest = 0; rest < 20; rest++)
            {
                var before = Interlocked.Read(ref steps);
                SpinWait.SpinUntil(() => Interlocked.Read(ref steps) > before);
                lanes.AtRest(() =>
                {
                    before = Interlocked.Read(ref steps);
                    Thread.SpinWait(20_000);
                    Assert.Equal(before, Interlocked.Read(ref steps));
                });
            }
        }, TestContext.Current.CancellationToken);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => computing);
    }

    [Fact]
    public void Lanes_go_on_when_what_they_stood_still_for_fails()
    {
        using var lanes = new ComputeLanes(1);
        Assert.Throws<InvalidOperationException>(() => lanes.AtRest(() => throw new InvalidOperationException()));

        var done = 0;
        lanes.Run(3, (_, _) => done++, TestContext.Current.CancellationToken);

        Assert.Equal(3, done);
    }
}
