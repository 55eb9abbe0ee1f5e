using ComPO.Cluster.Trainers;

namespace ComPO.Cluster.Aggregation;

/// <summary>What each device has done since it was last told. Pure bookkeeping; the time is given with each call.</summary>
internal sealed class DeviceWorkSheet
{
    private readonly Dictionary<string, TimeSpan> _lastAnswers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceWork> _work = new(StringComparer.Ordinal);

    /// <summary>A device has answered a block.</summary>
    /// <param name="device">The device.</param>
    /// <param name="handedOut">When it was given the block: it may have had another in hand until its last answer.</param>
    /// <param name="now">When it answered.</param>
    public void Add(string device, TimeSpan handedOut, TimeSpan now)
    {
        var since = _lastAnswers.TryGetValue(device, out var last) && last > handedOut ? last : handedOut;
        _lastAnswers[device] = now;
        var before = _work.GetValueOrDefault(device);
        _work[device] = new DeviceWork(device, before.Blocks + 1, before.Busy + (now - since));
    }

    /// <summary>Tells what was done, and begins anew.</summary>
    public IReadOnlyList<DeviceWork> Take()
    {
        DeviceWork[] work = [.. _work.Values];
        _work.Clear();
        return work;
    }
}
