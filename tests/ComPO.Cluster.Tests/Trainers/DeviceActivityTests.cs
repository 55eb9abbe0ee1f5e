using ComPO.Cluster.Aggregation;
using ComPO.Cluster.Trainers;

namespace ComPO.Cluster.Tests.Trainers;

public sealed class DeviceActivityTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void A_steady_device_shows_its_rate_and_load_from_its_first_seconds_on(int seconds)
    {
        var activity = new DeviceActivity();
        // A block every quarter of a second, probed for a fifth.
        for (var i = 0; i <= 4 * seconds; i++)
            activity.Add(1, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(1000 + 0.25 * i));

        var now = TimeSpan.FromSeconds(1000 + seconds);
        Assert.InRange(activity.BlocksPerSecond(now), 3.8, 4.6);
        Assert.InRange(activity.Load(now), 0.76, 0.92);
    }

    [Fact]
    public void A_device_that_has_stopped_is_soon_idle_and_one_that_never_worked_is()
    {
        var activity = new DeviceActivity();
        Assert.Equal((0, 0), (activity.BlocksPerSecond(TimeSpan.FromSeconds(5)), activity.Load(TimeSpan.FromSeconds(5))));

        for (var i = 1; i <= 100; i++)
            activity.Add(1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(i));
        Assert.Equal(1, activity.Load(TimeSpan.FromSeconds(100)), 0.06);
        Assert.InRange(activity.Load(TimeSpan.FromSeconds(160)), 0, 0.01);
    }

    [Fact]
    public void A_device_that_holds_two_blocks_is_busy_once()
    {
        var sheet = new DeviceWorkSheet();
        sheet.Add("node/cpu", TimeSpan.FromSeconds(0), TimeSpan.FromSeconds(2));
        sheet.Add("node/cpu", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        sheet.Add("node/gpu", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));

        Assert.Equal(
            [new DeviceWork("node/cpu", 2, TimeSpan.FromSeconds(3)), new DeviceWork("node/gpu", 1, TimeSpan.FromSeconds(1))],
            sheet.Take().OrderBy(work => work.Device, StringComparer.Ordinal));
        Assert.Empty(sheet.Take());
    }
}
