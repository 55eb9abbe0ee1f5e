using ComPO.Cluster.Aggregation;
using ComPO.Core.Oracle;

namespace ComPO.Cluster.Tests.Aggregation;

public sealed class BlockQueueTests
{
    private static readonly TimeSpan Start = TimeSpan.Zero;

    private readonly BlockQueue _queue = new([8, 8, 4], deadline: TimeSpan.FromSeconds(10));

    [Fact]
    public void Blocks_go_out_in_order_and_the_last_is_what_is_left()
    {
        Assert.Equal([new Block(0, 0, 8), new Block(1, 8, 8), new Block(2, 16, 4)], [_queue.Next("a", Start)!.Value, _queue.Next("b", Start)!.Value, _queue.Next("a", Start)!.Value]);
        Assert.Null(_queue.Next("b", Start));
    }

    [Fact]
    public void Outcomes_land_at_their_place_in_any_order_and_a_block_done_twice_counts_once()
    {
        foreach (var number in (int[])[2, 0, 1])
        {
            var block = _queue.Find(number)!.Value;
            Assert.True(_queue.Complete(block, Ones(block.Count, number == 1), "a", Start));
            Assert.False(_queue.Complete(block, Ones(block.Count, true), "b", Start));
        }

        Assert.True(_queue.IsComplete);
        Assert.Equal((20, 8, 3), (_queue.PerturbationsDone, _queue.Improved, _queue.BlocksDone));
        Assert.Equal(Enumerable.Range(8, 8), Enumerable.Range(0, 20).Where(i => _queue.Outcomes[i]));
    }

    [Fact]
    public void An_idle_device_does_over_what_takes_twice_the_usual_time()
    {
        var first = _queue.Next("fast", Start)!.Value;
        _queue.Complete(first, Ones(8, true), "fast", TimeSpan.FromSeconds(1));
        var slow = _queue.Next("slow", TimeSpan.FromSeconds(1))!.Value;
        var last = _queue.Next("fast", TimeSpan.FromSeconds(1))!.Value;
        _queue.Complete(last, Ones(4, true), "fast", TimeSpan.FromSeconds(2));

        Assert.Null(_queue.Next("fast", TimeSpan.FromSeconds(2.5)));
        Assert.Equal(slow, _queue.Next("fast", TimeSpan.FromSeconds(3.5)));
        // Two have it now: a third only when it counts as lost.
        Assert.Null(_queue.Next("third", TimeSpan.FromSeconds(9)));
        Assert.Equal(slow, _queue.Next("third", TimeSpan.FromSeconds(14)));
    }

    [Fact]
    public void A_larger_block_may_take_longer_before_it_is_done_over()
    {
        var queue = new BlockQueue([8, 32, 8], deadline: TimeSpan.FromSeconds(60));
        queue.Complete(queue.Next("fast", Start)!.Value, Ones(8, true), "fast", TimeSpan.FromSeconds(1));
        var large = queue.Next("slow", TimeSpan.FromSeconds(1))!.Value;
        var last = queue.Next("fast", TimeSpan.FromSeconds(1))!.Value;
        queue.Complete(last, Ones(8, true), "fast", TimeSpan.FromSeconds(2));

        // Eight take a second, so 32 take four.
        Assert.Null(queue.Next("fast", TimeSpan.FromSeconds(8.5)));
        Assert.Equal(large, queue.Next("fast", TimeSpan.FromSeconds(9.5)));
    }

    [Fact]
    public void Blocks_of_a_device_that_is_gone_are_first_to_go_out_again()
    {
        var lost = _queue.Next("gone", Start)!.Value;
        _queue.Next("here", Start);
        _queue.Release("gone");

        Assert.Equal(lost, _queue.Next("here", Start));
    }

    [Fact]
    public void A_block_that_failed_goes_elsewhere_and_stays_only_when_there_is_nowhere_else()
    {
        var block = _queue.Next("bad", Start)!.Value;
        Assert.Equal(1, _queue.Fail(block, "bad"));
        Assert.Equal(block, _queue.Next("bad", Start));

        Assert.Equal(2, _queue.Fail(block, "bad"));
        _queue.Next("good", Start);
        Assert.Equal(3, _queue.Fail(block, "good"));
        _queue.Complete(block, Ones(8, false), "good", Start);
        Assert.Equal(0, _queue.Fail(block, "bad"));
    }

    [Fact]
    public void A_block_that_failed_is_kept_for_a_node_that_has_yet_to_ask_and_counts_once_a_node()
    {
        _queue.Expect("late");
        var block = _queue.Next("bad/0", Start)!.Value;
        Assert.Equal(1, _queue.Fail(block, "bad/0"));
        Assert.NotEqual(block, _queue.Next("bad/1", Start));

        Assert.Equal(block, _queue.Next("late/0", Start));
        // It has failed on all there are.
        Assert.Equal(2, _queue.Fail(block, "late/0"));
    }

    [Fact]
    public void A_failure_that_is_reported_again_until_it_is_heard_counts_once()
    {
        var block = _queue.Next("only", Start)!.Value;
        Assert.Equal(1, _queue.Fail(block, "only"));
        Assert.Equal(0, _queue.Fail(block, "only"));

        Assert.Equal(block, _queue.Next("only", Start));
        Assert.Equal(2, _queue.Fail(block, "only"));
    }

    [Fact]
    public void What_was_kept_for_a_node_that_is_gone_goes_to_those_that_are_there()
    {
        _queue.Expect("late");
        var block = _queue.Next("bad", Start)!.Value;
        _queue.Fail(block, "bad");
        _queue.Release("late");

        Assert.Equal(block, _queue.Next("bad", Start));
    }

    [Fact]
    public void What_was_known_is_not_probed_again_whatever_the_block_size_was()
    {
        // 5 to 19 were known: only whole blocks of eight count, so block 0 is to do.
        _queue.Restore(5, Ones(15, true));

        Assert.Equal((12, 12), (_queue.PerturbationsDone, _queue.Improved));
        Assert.Equal(0, _queue.Next("a", Start)!.Value.Number);
        Assert.Null(_queue.Next("a", Start));
    }

    private static OutcomeBits Ones(int count, bool improved)
    {
        var outcomes = new OutcomeBits(count);
        for (var i = 0; i < count; i++)
            outcomes[i] = improved;
        return outcomes;
    }
}
