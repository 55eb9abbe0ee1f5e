using System.Globalization;
using System.Text.RegularExpressions;
using ComPO.Core.Runs;
using ComPO.Core.Updates;
using ComPO.Dashboard.Charts;
using ComPO.Dashboard.Runs;
using ComPO.Dashboard.Tests.Fakes;

namespace ComPO.Dashboard.Tests.Runs;

public sealed partial class ChartTests
{
    [Theory]
    [InlineData(0, 1, 0, 1)]
    [InlineData(-187.3, -171.2, -190, -170)]
    [InlineData(0.0301, 0.0399, 0.03, 0.04)]
    [InlineData(312, 312, 290, 330)]
    [InlineData(-2e-7, 3e-7, -2e-7, 4e-7)]
    public void An_axis_ends_at_round_numbers_around_its_values(double low, double high, double first, double last)
    {
        var axis = Axis.Round([low, high]);

        Assert.True(axis.Low <= low && high <= axis.High);
        Assert.InRange(axis.Ticks.Count, 3, 8);
        Assert.InRange(axis.Low, first - 1e-12, low);
        Assert.InRange(axis.High, high, last + 1e-12);
        Assert.Equal(0, axis.At(axis.Low));
        Assert.Equal(1, axis.At(axis.High));
    }

    [Fact]
    public void Lines_are_drawn_where_their_values_are_and_break_off_where_there_is_none()
    {
        var chart = new LineChart
        {
            Summary = "",
            PlaceName = "Iteration",
            PlaceAxis = Axis.Whole(0, 4),
            Places = [0, 1, 2, 3, 4],
            PlaceTexts = ["0", "1", "2", "3", "4"],
            Lines = [new ChartLine("line", "seen", [0, 4, null, 2, 1])],
            Format = "0",
        };

        Assert.Equal("M0 1000L250 0M750 500L1000 750", Pen.Line(chart, chart.Lines[0]));
        Assert.Equal("M0 1000h0M250 0h0M750 500h0M1000 750h0", Pen.Dots(chart, chart.Lines[0]));
    }

    [Fact]
    public void A_picture_of_a_run_shows_its_numbers()
    {
        var history = new RunTracker();
        history.Follow(SampleRun.Status(40));
        var lines = SampleRun.Lines(40).ToList();
        history.Add(lines);
        var charts = history.Picture.Charts;
        var last = history.Picture.Recent[^1];

        Assert.Same(charts, history.Picture.Charts);
        Assert.Equal(last.Improved, charts.Improved!.Lines.Single(line => line.Name == "Improved").Values[^1]);
        Assert.Equal(last.Predicted * SampleRun.Perturbations, charts.Improved.Lines.Single(line => line.Name == "Predicted").Values[^1]);
        // Binomial counts seldom lie outside of two standard deviations.
        var outside = charts.Improved.Lines[1].Values.Index().Count(seen => seen.Item < charts.Improved.Band!.Low[seen.Index] || seen.Item > charts.Improved.Band.High[seen.Index]);
        Assert.InRange(outside, 0, 6);
        Assert.Contains($"{outside} of 40 points", charts.Improved.Summary, StringComparison.Ordinal);
        Assert.Equal(0, charts.LineSearch!.Lines[0].Values[0]);
        Assert.Equal([0, 10, 20, 30], charts.HeatMap.Columns.Select(column => column.First));
        Assert.Equal(lines.Select(line => IterationSummary.Of(line).Improved), charts.HeatMap.Columns.SelectMany(column => column.Counts));
        Assert.Equal((0, HeatMap.Levels - 1), (charts.HeatMap.Level(charts.HeatMap.Low), charts.HeatMap.Level(charts.HeatMap.High)));
    }

    [Fact]
    public void Log_probabilities_alignment_and_line_search_are_those_of_the_log()
    {
        var history = new RunTracker();
        history.Follow(SampleRun.Status(40));
        var lines = SampleRun.Lines(40).ToList();
        history.Add(lines);
        var charts = history.Picture.Charts;
        var log = lines.Select(line => IterationRecord.FromJson(line, "line")).ToList();
        var searched = log.Last(record => record.LineSearch is not null);

        Assert.Equal(log.Select(record => (double?)record.After.Chosen), ValuesOf(charts.LogProbabilities, "Chosen"));
        Assert.Equal(log.Select(record => (double?)record.After.Rejected), ValuesOf(charts.LogProbabilities, "Rejected"));
        Assert.Equal(log.Select(record => record.Alignment), ValuesOf(charts.Alignment, "Alignment"));
        Assert.Contains(null, ValuesOf(charts.Alignment, "Alignment"));
        Assert.Equal(searched.LineSearch!.Select(point => point.Step), charts.LineSearch!.Places);
        Assert.Equal(searched.LineSearch!.Select(point => (double?)(point.Chosen - searched.Before.Chosen)), ValuesOf(charts.LineSearch, "Chosen"));
        Assert.Equal(searched.LineSearch!.Select(point => (double?)(point.Rejected - searched.Before.Rejected)), ValuesOf(charts.LineSearch, "Rejected"));
        Assert.Equal(LineSearch.AcceptanceStep, charts.LineSearch.Upright!.Value);
    }

    [Theory]
    [InlineData(1, 0, 1, 1)]
    [InlineData(10, 0, 1, 10)]
    [InlineData(43, 0, 5, 3)]
    [InlineData(240, 0, 24, 10)]
    [InlineData(241, 10, 24, 1)]
    [InlineData(5007, 4770, 24, 7)]
    public void A_heat_map_has_ten_iterations_a_column_and_the_last_columns_of_a_long_run(int iterations, int first, int columns, int inLast)
    {
        var counts = Enumerable.Range(0, iterations).TakeLast(HeatMap.MostIterations).Select(i => new IterationCount(i, 300 + i % 7, 303)).ToList();

        var map = HeatMap.Of(counts);

        Assert.Equal(Enumerable.Range(0, columns).Select(column => first + 10 * column), map.Columns.Select(column => column.First));
        Assert.Equal(inLast, map.Columns[^1].Counts.Count);
        Assert.All(map.Columns.SkipLast(1), column => Assert.Equal(HeatMap.Rows, column.Counts.Count));
        Assert.All(map.Columns, column => Assert.Equal(column.Counts.Index().Select(count => (int?)(300 + (column.First + count.Index) % 7)), column.Counts));
        Assert.Equal(Math.Min(10, iterations), map.Height);
    }

    [Fact]
    public void All_colours_of_text_can_be_read_by_day_and_by_night()
    {
        using var resource = typeof(ComPODashboard).Assembly.GetManifestResourceStream("ComPO.Dashboard.Assets.dashboard.css")!;
        var css = new StreamReader(resource).ReadToEnd();
        var palettes = Palette().Matches(css).Select(block => Colour().Matches(block.Value).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value)).ToList();

        Assert.Equal(3, palettes.Count);
        // The night is written down twice: for the switch and for the system.
        Assert.Equal(palettes[1], palettes[2]);
        foreach (var palette in palettes)
        {
            foreach (var text in new[] { "text", "muted", "chosen", "rejected", "seen", "expected", "good", "warn", "bad", "busy" })
            {
                foreach (var ground in new[] { "surface", "ground" })
                    Assert.True(Contrast(palette[text], palette[ground]) >= 4.5, $"--{text} on --{ground}");
            }
            foreach (var kind in new[] { "good", "warn", "bad", "busy" })
                Assert.True(Contrast(palette[kind], palette[$"{kind}-ground"]) >= 4.5, $"--{kind} on its ground");
            Assert.True(Contrast(palette["muted"], palette["sunken"]) >= 4.5, "--muted on --sunken");
        }
        var fields = Field().Matches(css);
        Assert.Equal(HeatMap.Levels, fields.Count);
        Assert.All(fields, field => Assert.True(Contrast(field.Groups[1].Value, field.Groups[2].Value) >= 4.5, field.Value));
    }

    [GeneratedRegex(@"\{\s*color-scheme:[^}]*\}")]
    private static partial Regex Palette();

    [GeneratedRegex(@"--([a-z-]+): (#[0-9a-f]{3}(?:[0-9a-f]{3})?(?:[0-9a-f]{2})?);")]
    private static partial Regex Colour();

    [GeneratedRegex(@"\.h\d+ \{ background: (#[0-9a-f]{6}); color: (#[0-9a-f]{3});")]
    private static partial Regex Field();

    private static IReadOnlyList<double?> ValuesOf(LineChart? chart, string line) => chart!.Lines.Single(each => each.Name == line).Values;

    // WCAG 2: relative luminance of sRGB.
    private static double Contrast(string left, string right)
    {
        var (first, second) = (Luminance(left), Luminance(right));
        return (Math.Max(first, second) + 0.05) / (Math.Min(first, second) + 0.05);
    }

    private static double Luminance(string colour)
    {
        var hex = colour.Length == 4 ? string.Concat(colour[1..].SelectMany(digit => new[] { digit, digit })) : colour[1..];
        double[] weights = [0.2126, 0.7152, 0.0722];
        return weights.Index().Sum(weight =>
        {
            var value = byte.Parse(hex.AsSpan(2 * weight.Index, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return weight.Item * (value <= 0.03928 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4));
        });
    }
}
