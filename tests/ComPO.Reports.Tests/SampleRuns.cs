using ComPO.Core.Digests;
using ComPO.Core.Oracle;
using ComPO.Core.Runs;
using ComPO.Core.Updates;

namespace ComPO.Reports.Tests;

/// <summary>Folders as runs leave them, with numbers that no two members have in common.</summary>
internal static class SampleRuns
{
    public const int Perturbations = 200;

    public static string[] Log(string run, int iterations, int seed = 1, Func<RunSettings, RunSettings>? change = null)
    {
        var settings = new RunSettings { Model = "/models/m", Data = "/data/d.jsonl", Iterations = 25, Perturbations = Perturbations };
        settings = change?.Invoke(settings) ?? settings;
        var header = new RunHeader(run, settings, Digest.Parse("00112233445566778899aabbccddeeff"), "cpu-test", new Dictionary<string, string> { ["ComPO"] = "0.1.0" });
        return [header.ToJson(), .. Enumerable.Range(0, iterations).Select(i => Iteration(i, new Random((seed * 1000) + i), settings.Estimator == Estimator.Exact).ToJson())];
    }

    public static void Write(string folder, IEnumerable<string> lines, string? rest = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "run.jsonl"), string.Concat(lines.Select(line => line + "\n")) + rest);
    }

    private static IterationRecord Iteration(int i, Random random, bool isExact)
    {
        var bits = new byte[Perturbations / 8];
        random.NextBytes(bits);
        for (var at = 0; at < bits.Length; at++)
            bits[at] &= (byte)random.Next(256);
        var outcomes = OutcomeBits.FromBytes(bits, Perturbations);
        var verdict = i % 7 == 3 ? (GateVerdict.Refused, null) : (GateVerdict.Passed, (bool?)(i % 5 != 4));
        var isRefused = verdict.Item1 == GateVerdict.Refused;
        var before = new PairLogProbabilities(-100 - random.NextDouble(), -101 - random.NextDouble());
        return new IterationRecord
        {
            Iteration = i,
            Pair = 10 + (3 * i),
            FeatureDigest = new Digest(new UInt128(1, (ulong)i)),
            K = 40 + i,
            Before = before,
            Perturbations = Perturbations,
            Improved = isExact ? null : outcomes.CountImproved(),
            Predicted = 0.2 + (random.NextDouble() / 10),
            Gate = verdict.Item1,
            Norm = isRefused ? null : 900 + random.NextDouble(),
            Threshold = isRefused ? null : 0.01 + (random.NextDouble() / 100),
            Nonzero = isRefused ? null : 300 + i,
            Alignment = isRefused ? null : random.NextDouble(),
            PredictedChange = isRefused ? null : new PairLogProbabilities(0.5 + random.NextDouble(), -0.5 - random.NextDouble()),
            LineSearch = isRefused ? null : LineSearch.Table([.. LineSearch.Steps.ToArray().Select(step => new PairLogProbabilities(before.Chosen + step, before.Rejected - (2 * step)))]),
            Accepted = verdict.Item2,
            Scale = isRefused ? null : 0.007 + (random.NextDouble() / 1000),
            After = verdict.Item2 == true ? new PairLogProbabilities(before.Chosen + 0.4, before.Rejected - 0.7) : before,
            Outcomes = isExact ? null : outcomes.ToBase64(),
            HeadDigest = new Digest(new UInt128(2, (ulong)i)),
            Seconds = new Dictionary<string, double> { ["select"] = random.NextDouble(), ["probe"] = 1 + random.NextDouble(), ["total"] = 3 + random.NextDouble() },
        };
    }
}
