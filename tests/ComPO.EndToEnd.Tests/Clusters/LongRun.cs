using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A run that goes on until a test has done to its nodes what it wants, on any machine, and is stopped then.</summary>
internal static class LongRun
{
    private const int Endless = 1_000_000;

    /// <summary>What the console is given beside the run's name and folder.</summary>
    public static string[] Options(int perturbations, int iterations = Endless) =>
    [
        "--model", RealRun.Model, "--data", Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz"), "--noise-threshold", "50",
        "--iterations", $"{iterations}", "--perturbations", $"{perturbations}", "--gate", "0.1",
    ];

    /// <summary>
    /// Stops it; all seeds are to agree by then on who leads. Holds its head, once the nodes are gone and take no more of the machine, against that of
    /// an undisturbed run of as many iterations.
    /// </summary>
    public static async Task EndAsync(TestCluster cluster, string run, int perturbations)
    {
        var (iterations, head) = await cluster.StopRunAsync(run);
        await cluster.HasOneSupervisorAsync();
        await cluster.KillAllAsync();
        Assert.Equal(await UndisturbedRun.HeadAsync(Options(perturbations, iterations)), head);
    }
}
