using System.Text.Json;

namespace ComPO.EndToEnd.Tests.Runs;

/// <summary>A run log as a reader without any code of ComPO sees it.</summary>
internal sealed record RunLog(JsonElement Header, JsonElement[] Iterations)
{
    public static RunLog Read(string runFolder)
    {
        var lines = File.ReadAllLines(Path.Combine(runFolder, "run.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        return new RunLog(lines[0], lines[1..]);
    }

    /// <summary>The names of an object's members in their order.</summary>
    public static IEnumerable<string> NamesOf(JsonElement json) => json.EnumerateObject().Select(member => member.Name);
}
