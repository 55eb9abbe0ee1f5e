using System.Diagnostics;

namespace ComPO.Node.Bench;

/// <summary>How the benchmarks measure.</summary>
internal static class Measurement
{
    /// <summary>Seconds of one call.</summary>
    public static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The median of several measurements.</summary>
    public static double Median(IEnumerable<double> seconds)
    {
        var sorted = seconds.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>Calls work(worker) on so many threads of their own at once, and returns when all are done.</summary>
    public static void OnThreads(int threads, Action<int> work)
    {
        var others = Enumerable.Range(1, threads - 1).Select(worker => new Thread(() => work(worker))).ToArray();
        foreach (var other in others)
            other.Start();
        work(0);
        foreach (var other in others)
            other.Join();
    }

    /// <summary>The largest resident set of this process so far.</summary>
    public static long PeakMemoryBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
