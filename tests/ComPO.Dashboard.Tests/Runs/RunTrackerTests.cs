using ComPO.Dashboard.Charts;
using ComPO.Dashboard.Runs;
using ComPO.Dashboard.Tests.Fakes;

namespace ComPO.Dashboard.Tests.Runs;

public sealed class RunTrackerTests
{
    private readonly RunTracker _history = new();

    [Fact]
    public void A_long_run_is_held_whole_in_bounded_memory()
    {
        var random = new Random(3);
        var records = Enumerable.Range(0, 5000).Select(i => SampleRun.Line(i, random)).ToList();

        _history.Follow(SampleRun.Status(0));
        foreach (var record in records)
        {
            _history.Add([record.ToJson()]);
            Assert.InRange(_history.Picture.Points.Count, 1, IterationSeries.MostPoints);
            Assert.InRange(_history.Picture.Recent.Count, 1, RunTracker.MostRecent);
            Assert.InRange(_history.Picture.Counts.Count, 1, HeatMap.MostIterations);
        }

        var points = _history.Picture.Points;
        Assert.Equal(5000, points.Sum(point => point.Iterations));
        Assert.Equal(Enumerable.Range(0, points.Count).Select(i => i * points[0].Iterations), points.Select(point => point.First));
        // Each point is the plain mean of its iterations.
        var middle = points[points.Count / 2];
        var mine = records.Skip(middle.First).Take(middle.Iterations).ToList();
        Assert.Equal(mine.Average(record => record.After.Chosen), middle.Chosen.Value!.Value, 1e-9);
        Assert.Equal(mine.Average(record => record.Improved!.Value), middle.Improved.Value!.Value, 1e-9);
        var aligned = mine.Where(record => record.Alignment is not null).Average(record => record.Alignment!.Value);
        Assert.Equal(aligned, middle.Alignment.Value!.Value, 1e-12);
        Assert.Equal(Enumerable.Range(5000 - RunTracker.MostRecent, RunTracker.MostRecent), _history.Picture.Recent.Select(iteration => iteration.Iteration));
    }

    [Fact]
    public void Lines_count_once_and_another_run_begins_anew()
    {
        var lines = SampleRun.Lines(6).ToList();
        _history.Follow(SampleRun.Status(4));
        _history.Add(lines.Take(4));
        _history.Add(lines.Take(6));
        Assert.Equal((6, 6), (_history.Committed, _history.Picture.Recent.Count));
        Assert.Same(_history.Picture, _history.Picture);

        _history.Follow(SampleRun.Status(6));
        Assert.Equal(6, _history.Committed);
        _history.Follow(SampleRun.Status(0, run: "another"));
        Assert.Equal((0, "another"), (_history.Picture.Committed, _history.Picture.RunId));
        // A journal that was lost knows less of the run than the page does.
        _history.Add(lines);
        _history.Follow(SampleRun.Status(2, run: "another"));
        Assert.Equal(0, _history.Committed);
    }

    [Fact]
    public void The_exact_estimator_has_no_counts()
    {
        var line = SampleRun.Line(0, new Random(1)) with { Improved = null, Outcomes = null };
        _history.Follow(SampleRun.Status(1));
        _history.Add([line.ToJson()]);

        Assert.Empty(_history.Picture.Charts.HeatMap.Columns);
        Assert.Null(Assert.Single(_history.Picture.Charts.Improved!.Lines, chart => chart.Name == "Improved").Values[0]);
        Assert.NotNull(_history.Picture.Charts.LogProbabilities);
    }
}
