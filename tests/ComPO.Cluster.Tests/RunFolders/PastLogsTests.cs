using ComPO.Cluster.RunFolders;
using ComPO.Cluster.Tests.Fakes;
using ComPO.Core.Runs;
using ComPO.Protocol;
using ComPO.Simulation;

namespace ComPO.Cluster.Tests.RunFolders;

public sealed class PastLogsTests : IDisposable
{
    private static readonly string[] Both = ["seed", "trainer"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_log_of_a_run_before_the_last_is_read_from_its_folder_page_by_page()
    {
        await using var node = await TestNode.StartAsync(Both, new TinyModelLoader());
        await using var console = new TestConsole(node.Address);
        await RunAsync(console, "first", iterations: 2 * Limits.LogLines + 3);
        await RunAsync(console, "second", iterations: 1);
        var expected = File.ReadAllLines(_folder["first/run.jsonl"])[1..];

        var (lines, pages) = (new List<string>(), new List<int>());
        LogPage page;
        do
        {
            page = Assert.IsType<LogPage>(await console.AskAsync(new GetLog("first", lines.Count - 1)));
            lines.AddRange(page.Lines);
            pages.Add(page.Lines.Length);
        }
        while (lines.Count < page.Committed);

        Assert.Equal([Limits.LogLines, Limits.LogLines, 3], pages);
        Assert.Equal(expected, lines);
        Assert.True(page.HasEnded);
        // Backwards too, and past the end.
        Assert.Equal(expected[5..(5 + Limits.LogLines)], Assert.IsType<LogPage>(await console.AskAsync(new GetLog("first", 4))).Lines);
        Assert.Empty(Assert.IsType<LogPage>(await console.AskAsync(new GetLog("first", int.MaxValue - 1))).Lines);
        File.Delete(_folder["first/run.jsonl"]);
        var refused = Assert.IsType<RequestRefused>(await console.AskAsync(new GetLog("first", -1)));
        Assert.Equal((RefusalReason.OutputFolder, 8), (refused.Reason, refused.ExitCode));
    }

    [Fact]
    public void Reading_on_begins_where_reading_ended_and_not_at_the_beginning()
    {
        var path = _folder["lines"];
        File.WriteAllText(path, "zero\nöne\ntwo\nthree");
        var index = new LineIndex(path, longest: 10);
        Assert.Equal(["zero", "öne"], index.Read(0, 2));

        // Whoever read from the beginning would see one line less.
        File.WriteAllText(path, "zero öne\ntwo\nthree\nfour\n");
        Assert.Equal(["two"], index.Read(2, 1));
        Assert.Equal(["three", "four"], index.Read(3, 5));
        Assert.Equal(["two", "three"], index.Read(2, 2));
        Assert.Empty(index.Read(9, 2));

        File.WriteAllText(path, "a line that has more than ten bytes\n");
        Assert.Throws<IOException>(() => new LineIndex(path, longest: 10).Read(0, 1));
        File.WriteAllText(path, "no end");
        Assert.Empty(new LineIndex(path, longest: 10).Read(0, 1));
    }

    private async Task RunAsync(TestConsole console, string run, int iterations)
    {
        var settings = new RunSettings { Model = "model", Data = "pairs", Iterations = iterations, Perturbations = 8, Radius = 0.01, NoiseThreshold = 50, Output = _folder[run] };
        Assert.IsType<TrainingStarted>(await console.AskAsync(new StartTraining(run, settings.ToJson())));
        var (_, status) = await console.WatchAsync();
        Assert.True(status.Phase == RunPhase.Completed, status.Failure);
    }
}
