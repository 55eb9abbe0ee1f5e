using System.Globalization;

namespace ComPO.Benchmarks.Clusters;

/// <summary>Processor time by thread, as the kernel counts it. Linux only.</summary>
internal static class ThreadTimes
{
    // USER_HZ, which Linux has long fixed for what it shows.
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of processor time of all threads, by thread name.</summary>
    public static IReadOnlyDictionary<string, double> Read()
    {
        var times = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(task, "stat"));
            }
            catch (IOException)
            {
                // It has ended meanwhile.
                continue;
            }
            // pid (name) state …, of which the 12th and 13th after the name are the times; the name may hold anything, so the last bracket counts.
            var (open, close) = (stat.IndexOf('(', StringComparison.Ordinal), stat.LastIndexOf(')'));
            var fields = stat[(close + 2)..].Split(' ');
            var name = stat[(open + 1)..close];
            times[name] = times.GetValueOrDefault(name)
                + (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        return times;
    }
}
