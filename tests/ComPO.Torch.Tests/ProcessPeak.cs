using System.Globalization;
using System.Runtime.InteropServices;

namespace ComPO.Torch.Tests;

/// <summary>The most memory that the whole process takes meanwhile: for tests that run while no other does.</summary>
internal static class ProcessPeak
{
    /// <summary>By how many bytes the process grew at most while <paramref name="work"/> was done.</summary>
    public static long Over(Action work)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The peak memory of a process can be reset and read on Linux only.");
        GiveBackFreeMemory();
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = StatusBytes("VmHWM");
        work();
        return StatusBytes("VmHWM") - before;
    }

    // What earlier tests have let go of would be taken again without the process growing, or be given back to the system while it grows.
    private static void GiveBackFreeMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = TrimFreeMemory(0);
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int TrimFreeMemory(nint keptBytes);

    private static long StatusBytes(string key) =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").Single(line => line.StartsWith(key, StringComparison.Ordinal)).Split(' ')[^2], CultureInfo.InvariantCulture);
}
