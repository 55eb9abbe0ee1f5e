using ComPO.Reports.Reading;

namespace ComPO.Reports.Tests;

/// <summary>A report on two runs of the same name, which tests look at from all sides: one that ended and was evaluated, and one that was cut off.</summary>
public sealed class ComparedRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ComparedRuns()
    {
        FirstLog = SampleRuns.Log("one", 23, change: settings => settings with { Model = Hostile, EvalData = "/data/held-out.jsonl" });
        SecondLog = SampleRuns.Log("one", 12, seed: 2);
        SampleRuns.Write(_folder["first"], FirstLog);
        File.WriteAllText(_folder["first/evaluations.jsonl"],
            """
            {"committed":0,"pairs":40,"chosen":-40.5,"rejected":-41,"margin":0.5,"accuracy":0.525}
            {"committed":23,"pairs":40,"chosen":-40.25,"rejected":-42.5,"margin":2.25,"accuracy":0.625}

            """);
        File.WriteAllText(_folder["first/result.json"], $$"""{"run":"one","outcome":"failed","failure":"Broke <b>& \"stopped\".","iterations":23,"seconds":99.5,"model":null,"more":1}""");
        SampleRuns.Write(_folder["second"], SecondLog, SecondLog[^1][..200]);
        Runs = [RunFolderReader.Read(_folder["first"]), RunFolderReader.Read(_folder["second/run.jsonl"])];
        Files = new Report(Runs).Write(Folder, new DateTimeOffset(2026, 1, 2, 3, 4, 0, TimeSpan.Zero));
    }

    /// <summary>A path that nobody has and a browser should not believe.</summary>
    public const string Hostile = "/models/<script>alert('x')</script>&amp;\"\u0001\u202e";

    public string[] FirstLog { get; }

    public string[] SecondLog { get; }

    internal IReadOnlyList<LoggedRun> Runs { get; }

    public IReadOnlyList<string> Files { get; }

    public string Folder => _folder["report"];

    public string Text(string name) => File.ReadAllText(Path.Combine(Folder, name));

    /// <summary>The lines of a table as cells; none of these tables has a comma in a cell.</summary>
    public Dictionary<string, string>[] Table(string name)
    {
        var lines = Text(name).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToArray();
        return [.. lines.Skip(1).Select(cells => lines[0].Zip(cells).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    public void Dispose() => _folder.Dispose();
}
