namespace ComPO.Tests;

/// <summary>How much memory a piece of work has allocated to it. Part of every test project.</summary>
internal static class Allocated
{
    /// <summary>
    /// Bytes that <paramref name="work"/> allocates on the thread that calls it: the least of a few goes, since a collection that another thread
    /// starts meanwhile may add what was left of this thread's buffer, up to 8 KB.
    /// </summary>
    public static long LeastOnThread(Action work) => Enumerable.Range(0, 5).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
