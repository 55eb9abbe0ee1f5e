using System.Text.Json;
using ComPO.Admin.Tests.Fakes;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Tests.Commands;

public sealed class ReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compo-report-").FullName;

    private string Output => Path.Combine(_folder, "report");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Without_a_log_it_is_on_the_run_that_the_cluster_has()
    {
        await using var seed = await FakeSeed.StartAsync(Samples.Answer);

        var said = await ScriptedTerminal.RunAsync("report", "--output", Output, "--json", "--contact", seed.Address);

        Assert.Equal((ExitCode.Done, ""), (said.ExitCode, said.Error));
        using var report = JsonDocument.Parse(Assert.Single(said.Lines));
        Assert.Equal(["output", "page", "runs", "files"], report.RootElement.EnumerateObject().Select(member => member.Name));
        var run = report.RootElement.GetProperty("runs")[0];
        Assert.Equal(("one", 4, 3, 1), (run.GetProperty("run").GetString(), run.GetProperty("iterations").GetInt32(), run.GetProperty("accepted").GetInt32(), run.GetProperty("gateRefused").GetInt32()));
        Assert.Equal(0.25, run.GetProperty("improvedShare").GetDouble());
        Assert.Equal([0, 2], new[] { "firstEvaluation", "lastEvaluation" }.Select(name => run.GetProperty(name).GetProperty("committed").GetInt32()));
        Assert.All(report.RootElement.GetProperty("files").EnumerateArray(), file => Assert.True(File.Exists(Path.Combine(Output, file.GetString()!))));
        Assert.True(File.Exists(report.RootElement.GetProperty("page").GetString()));
        Assert.All(seed.Requests.OfType<GetProgress>(), request => Assert.Equal("one", request.RunId));
    }

    [Fact]
    public async Task With_a_log_it_needs_no_cluster_and_says_what_it_left_out()
    {
        var log = Path.Combine(_folder, "run.jsonl");
        File.WriteAllText(log, $"{Samples.Header}\n{Samples.Line(0)}\n{Samples.Line(1)[..50]}");

        var said = await ScriptedTerminal.RunAsync("report", "--log", log, "--output", Output);

        Assert.Equal(ExitCode.Done, said.ExitCode);
        Assert.Equal($"The report on run one is {Path.Combine(Output, "index.html")}.", Assert.Single(said.Lines));
        Assert.Contains("run.jsonl, line 3 ends in the middle", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_log_is_refused_and_nothing_is_written()
    {
        var log = Path.Combine(_folder, "run.jsonl");
        File.WriteAllText(log, $"{Samples.Header}\n{Samples.Line(0)[..50]}\n{Samples.Line(1)}\n");

        var said = await ScriptedTerminal.RunAsync("report", "--log", _folder, "--output", Output);

        Assert.Equal((ExitCode.BadInput, ""), (said.ExitCode, said.Output));
        Assert.Contains("run.jsonl, line 2 ", Assert.Single(said.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal([log], Directory.EnumerateFileSystemEntries(_folder));
    }
}
