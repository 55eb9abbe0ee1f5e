using System.Collections.Concurrent;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A run that one process does, and that nothing befalls: what all others are held against.</summary>
internal static class UndisturbedRun
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Heads = [];

    /// <summary>The head that it ends with; found out once for all tests of the same run.</summary>
    public static Task<string> HeadAsync(params string[] run) => Heads.GetOrAdd(string.Join('\n', run), _ => new Lazy<Task<string>>(() => RunAsync(run))).Value;

    private static async Task<string> RunAsync(string[] run)
    {
        await using var cluster = new TestCluster(["seed"], seedRoles: "seed,trainer") { Threads = Environment.ProcessorCount };
        await cluster.StartAsync("seed");
        await cluster.StartRunAsync("run", run);
        return await cluster.HeadOfCompletedAsync("run");
    }
}
