using ComPO.Core.Errors;
using ComPO.Core.Runs;
using ComPO.Reports.Reading;

namespace ComPO.Reports.Tests;

public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_earlier_report_is_replaced_and_nothing_else()
    {
        var report = ReportOn(SampleRuns.Log("one", 2));
        report.Write(_folder["report"], DateTimeOffset.UnixEpoch);
        var files = ReportOn(SampleRuns.Log("two", 0)).Write(_folder["report"], DateTimeOffset.UnixEpoch);

        Assert.Equal(["report", "run"], _folder.Names);
        Assert.Equal(files.Order(StringComparer.Ordinal), Directory.EnumerateFiles(_folder["report"], "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_folder["report"], file)).Order(StringComparer.Ordinal));

        Directory.CreateDirectory(_folder["thesis"]);
        File.WriteAllText(_folder["thesis/chapter.txt"], "1");
        Assert.Contains("holds something else", Assert.Throws<StorageException>(() => report.Write(_folder["thesis"], default)).Message, StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Throws<StorageException>(() => report.Write(_folder["thesis/chapter.txt"], default)).Message, StringComparison.Ordinal);
        Assert.Throws<StorageException>(() => report.Write(_folder["thesis/chapter.txt/report"], default));
        Assert.Equal(["report", "run", "thesis"], _folder.Names);
        Assert.Equal([_folder["thesis/chapter.txt"]], Directory.EnumerateFileSystemEntries(_folder["thesis"]));
    }

    [Fact]
    public void A_run_without_iterations_or_without_outcomes_is_reported_on_as_far_as_it_goes()
    {
        var none = ReportOn(SampleRuns.Log("none", 0));
        Assert.Equal((0, null), (none.Summaries[0].Iterations, none.Summaries[0].ImprovedShare));
        Assert.DoesNotContain(none.Write(_folder["none"], default), file => file.StartsWith("plots/", StringComparison.Ordinal));

        var exact = ReportOn(SampleRuns.Log("exact", 6, change: settings => settings with { Estimator = Estimator.Exact }));
        Assert.Equal((null, null), (exact.Summaries[0].ImprovedShare, exact.Summaries[0].OutsideTwoDeviations));
        var files = exact.Write(_folder["exact"], default);
        Assert.Contains("plots/exact/improved-share.svg", files);
        Assert.DoesNotContain("plots/exact/improved-counts.svg", files);
    }

    private Report ReportOn(IEnumerable<string> log)
    {
        SampleRuns.Write(_folder["run"], log);
        return new Report([RunFolderReader.Read(_folder["run"])]);
    }
}
