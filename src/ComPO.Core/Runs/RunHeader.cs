using ComPO.Core.Digests;

namespace ComPO.Core.Runs;

/// <summary>The first line of a run log.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="BaseDigest">The digest of the head it began with, as float32.</param>
/// <param name="ComputeClass">The kind of arithmetic that answered.</param>
/// <param name="Versions">The programs and libraries that took part, by name.</param>
public sealed record RunHeader(
    string Run, RunSettings Settings, Digest BaseDigest, string ComputeClass, IReadOnlyDictionary<string, string> Versions)
{
    /// <summary>The line, without its end.</summary>
    public string ToJson() => RunJson.Write(this);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="where">What to call it in an error, for instance "run.jsonl, line 1".</param>
    /// <exception cref="Errors.RunLogException">It is not such a line.</exception>
    public static RunHeader FromJson(string line, string where) => RunJson.ReadLine<RunHeader>(line, where);
}
