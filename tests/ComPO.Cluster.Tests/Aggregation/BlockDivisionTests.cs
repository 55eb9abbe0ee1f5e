using ComPO.Cluster.Aggregation;

namespace ComPO.Cluster.Tests.Aggregation;

public sealed class BlockDivisionTests
{
    private readonly BlockDivision _division = new(16, TimeSpan.FromMilliseconds(20));

    [Fact]
    public void Blocks_are_the_smallest_while_nothing_is_known_of_the_devices()
    {
        Assert.Equal([.. Enumerable.Repeat(16, 112), 8], _division.Divide(1800, 1));
    }

    [Fact]
    public void Blocks_take_a_fast_device_as_long_as_they_need_to()
    {
        // A hundred microseconds a perturbation: 200 are enough, of which 192 are whole smallest blocks.
        _division.Learn(seconds: 0.18, perturbations: 1800, devices: 1);

        Assert.Equal([.. Enumerable.Repeat(192, 9), 64, 8], _division.Divide(1800, 1));
    }

    [Fact]
    public void Blocks_of_several_devices_get_smaller_towards_the_end()
    {
        _division.Learn(seconds: 0.09, perturbations: 1800, devices: 2);

        var sizes = _division.Divide(1800, 2);

        Assert.Equal(1800, sizes.Sum());
        Assert.Equal(Enumerable.Repeat(192, 2), sizes.Take(2));
        Assert.Equal(sizes.OrderDescending(), sizes);
        Assert.All(sizes[..^1], size => Assert.Equal(0, size % 16));
        Assert.Equal((16, 8), (sizes[^2], sizes[^1]));
        for (var i = 0; i < sizes.Length; i++)
            Assert.True(sizes[i] <= Math.Max(16, sizes[i..].Sum() / 8), $"Block {i} of {sizes[i]} is more than a quarter of a device's share of what is left.");
    }

    [Fact]
    public void Each_device_has_a_share_of_what_is_left()
    {
        _division.Learn(seconds: 0.045, perturbations: 1800, devices: 4);

        // 200 would be enough for each, but the sixteenth of 1800 is 112.
        Assert.Equal([112, 96, 96], _division.Divide(1800, 4).Take(3));
    }

    [Fact]
    public void Slow_devices_get_the_smallest_blocks()
    {
        _division.Learn(seconds: 10, perturbations: 1800, devices: 1);

        Assert.Equal(16, _division.Divide(1800, 1).Max());
    }

    [Fact]
    public void What_has_been_begun_is_divided_as_small_as_its_known_blocks_may_be()
    {
        _division.Learn(seconds: 0.18, perturbations: 1800, devices: 1);
        var queue = new BlockQueue(_division.DivideAnew(1800), TimeSpan.FromSeconds(10));

        queue.Restore(16, new Core.Oracle.OutcomeBits(192));

        Assert.Equal((12, 192), (queue.BlocksDone, queue.PerturbationsDone));
    }
}
