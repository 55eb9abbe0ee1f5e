using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A run that lasts long enough for much to happen to its nodes.</summary>
internal static class LongRun
{
    /// <summary>What the console is given beside the run's name and folder.</summary>
    public static string[] Options(int iterations, int perturbations) =>
    [
        "--model", RealRun.Model, "--data", Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz"), "--noise-threshold", "50",
        "--iterations", $"{iterations}", "--perturbations", $"{perturbations}", "--gate", "0.1",
    ];
}
