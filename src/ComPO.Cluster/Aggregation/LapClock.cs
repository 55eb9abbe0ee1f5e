namespace ComPO.Cluster.Aggregation;

/// <summary>Measures the parts of a piece of work, one after another. What it says is only ever shown.</summary>
internal sealed class LapClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _lap = time.GetTimestamp();

    /// <summary>Time since it was made.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Seconds since the last lap, or since it was made.</summary>
    public double Lap()
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lap, now).TotalSeconds;
        _lap = now;
        return seconds;
    }
}
