using System.Globalization;
using ComPO.EndToEnd.Tests.Runs;

namespace ComPO.EndToEnd.Tests.Clusters;

/// <summary>A run that lasts long enough for much to happen to its nodes; the same for all tests, so that its head is found out once.</summary>
internal static class LongRun
{
    /// <summary>Its iterations.</summary>
    public const int Iterations = 52;

    /// <summary>What the console is given beside the run's name and folder.</summary>
    public static string[] Options { get; } =
    [
        "--model", RealRun.Model, "--data", Repository.Data("prefs", "hh-rlhf", "helpful-base", "test.jsonl.gz"), "--noise-threshold", "50",
        "--iterations", Iterations.ToString(CultureInfo.InvariantCulture), "--perturbations", "10000", "--gate", "0.1",
    ];
}
