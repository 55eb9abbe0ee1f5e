using ComPO.EndToEnd.Tests.Processes;

namespace ComPO.EndToEnd.Tests.Runs;

/// <summary>
/// A run of twenty iterations with the paper's m on a really trained model and real preferences, done once for all tests of
/// what it leaves. Its gate lets some of its pairs through and refuses others.
/// </summary>
public sealed class RealRun(RunningNode node) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Task<Ended>? _ended;

    /// <summary>The folder of the model.</summary>
    public static string Model => Repository.Data("models", "stories260K");

    /// <summary>The file of preferences.</summary>
    public static string Pairs => Repository.Data("prefs", "ultrafeedback", "train1000.trl-layout.jsonl");

    /// <summary>The run folder.</summary>
    public string Output => _folder["run"];

    /// <summary>The command that starts it.</summary>
    internal string[] Command =>
    [
        "start", "--run", "real", "--model", Model, "--data", Pairs, "--noise-threshold", "50", "--iterations", "20", "--perturbations", "1800",
        "--output", Output, "--json",
    ];

    /// <summary>What the console printed at the end of the run.</summary>
    internal Task<Ended> EndAsync() => _ended ??= node.AdminAsync([.. Command, "--wait"]);

    /// <summary>The lines of the log.</summary>
    internal async Task<RunLog> ReadLogAsync()
    {
        (await EndAsync()).Succeeded();
        return RunLog.Read(Output);
    }

    public void Dispose() => _folder.Dispose();
}
