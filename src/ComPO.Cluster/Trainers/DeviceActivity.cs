namespace ComPO.Cluster.Trainers;

/// <summary>
/// How busy a device has been lately: averages that forget with a time constant of ten seconds, so that they take two numbers a device however
/// many blocks it answers. The time is given with each call.
/// </summary>
internal sealed class DeviceActivity
{
    private const double MemorySeconds = 10;

    private TimeSpan? _began;
    private TimeSpan _at;
    private double _blocks;
    private double _busySeconds;

    /// <summary>It has answered blocks, and had one to probe for so long.</summary>
    public void Add(int blocks, TimeSpan busy, TimeSpan now)
    {
        _began ??= now - busy;
        var kept = Kept(now - _at);
        (_blocks, _busySeconds, _at) = (_blocks * kept + blocks, _busySeconds * kept + busy.TotalSeconds, now);
    }

    /// <summary>Blocks it answers per second.</summary>
    public double BlocksPerSecond(TimeSpan now) => PerSecond(_blocks, now);

    /// <summary>The share of time for which it has a block to probe, from 0 to 1.</summary>
    public double Load(TimeSpan now) => Math.Min(1, PerSecond(_busySeconds, now));

    // What it did before it began counts for nothing, so its first seconds are not averaged with time before them.
    private double PerSecond(double sum, TimeSpan now) =>
        _began is { } began && now > began ? sum * Kept(now - _at) / (MemorySeconds * (1 - Kept(now - began))) : 0;

    private static double Kept(TimeSpan time) => Math.Exp(-time.TotalSeconds / MemorySeconds);
}
