using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Reports.Reading;

namespace ComPO.Reports.Tests;

public sealed class ReadingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_last_line_that_was_cut_off_is_left_out_and_said()
    {
        var lines = SampleRuns.Log("one", 3);
        for (var length = 1; length < lines[3].Length; length += 37)
        {
            SampleRuns.Write(_folder["run"], lines[..3], lines[3][..length]);

            var run = RunFolderReader.Read(_folder["run"]);

            Assert.Equal(2, run.Iterations.Count);
            Assert.Contains("line 4 ends in the middle", Assert.Single(run.Notes), StringComparison.Ordinal);
        }
        // What lacks nothing but its end is a line.
        SampleRuns.Write(_folder["run"], lines[..3], lines[3]);
        Assert.Equal(3, RunFolderReader.Read(_folder["run"]).Iterations.Count);
    }

    [Fact]
    public void A_line_that_was_cut_or_edited_within_the_log_is_named()
    {
        var lines = SampleRuns.Log("one", 3);

        SampleRuns.Write(_folder["run"], [lines[0], lines[1], lines[2][..^30], lines[3]]);
        Assert.Contains("run.jsonl, line 3 ", Refusal(), StringComparison.Ordinal);
        SampleRuns.Write(_folder["run"], [lines[0], lines[1], lines[2], lines[3][..^30]]);
        Assert.Contains("run.jsonl, line 4 ", Refusal(), StringComparison.Ordinal);
        SampleRuns.Write(_folder["run"], [lines[0], lines[1], lines[3]]);
        Assert.Contains("run.jsonl, line 3 is iteration 2", Refusal(), StringComparison.Ordinal);
        var improved = IterationRecord.FromJson(lines[2], "").Improved;
        SampleRuns.Write(_folder["run"], [lines[0], lines[1], lines[2].Replace($"\"improved\":{improved}", $"\"improved\":{improved + 1}", StringComparison.Ordinal)]);
        Assert.Contains("run.jsonl, line 3 says that", Refusal(), StringComparison.Ordinal);
        SampleRuns.Write(_folder["run"], [lines[0].Replace("\"one\"", "\"../one\"", StringComparison.Ordinal)]);
        Assert.Contains("run.jsonl, line 1 was edited", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_files_beside_the_log_must_be_its_own()
    {
        SampleRuns.Write(_folder["run"], SampleRuns.Log("one", 1));
        File.WriteAllText(_folder["run/result.json"], """{"run":"two","outcome":"completed","iterations":2,"seconds":1}""");
        Assert.Contains("is of run two: expected run one", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(_folder["run/result.json"], """{"run":"one","outcome":"completed","iterations":2,"seconds":""");
        Assert.Contains("result.json is not what a run writes", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(_folder["run/result.json"], """{"run":"one","outcome":"completed","iterations":2,"seconds":1}""");
        Assert.Equal("completed", RunFolderReader.Read(_folder["run"]).Outcome?.Word);

        var line = """{"committed":0,"pairs":4,"chosen":-4,"rejected":-5,"margin":1,"accuracy":0.5}""";
        File.WriteAllText(_folder["run/evaluations.jsonl"], $"{line}\n{line[..40]}\n{line}\n");
        Assert.Contains("evaluations.jsonl, line 2 ", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(_folder["run/evaluations.jsonl"], $"{line}\n{line[..40]}");
        var run = RunFolderReader.Read(_folder["run"]);
        Assert.Equal(new Evaluation(0, 4, -4, -5, 1, 0.5), Assert.Single(run.Evaluations));
        Assert.Contains("line 2 ends in the middle", Assert.Single(run.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_no_log_it_says_what_was_expected()
    {
        Directory.CreateDirectory(_folder["run"]);
        Assert.Contains("expected a run's folder, which has run.jsonl", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(_folder["run/run.jsonl"], "");
        Assert.Contains("is empty", Refusal(), StringComparison.Ordinal);
    }

    private string Refusal() => Assert.Throws<RunLogException>(() => RunFolderReader.Read(_folder["run"])).Message;
}
