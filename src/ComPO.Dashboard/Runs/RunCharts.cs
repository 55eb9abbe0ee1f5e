using System.Globalization;
using ComPO.Dashboard.Charts;

namespace ComPO.Dashboard.Runs;

/// <summary>A run's charts; null where there is nothing to draw yet.</summary>
public sealed record RunCharts(LineChart? Improved, LineChart? LogProbabilities, LineChart? Alignment, LineChart? LineSearch, HeatMap HeatMap)
{
    /// <summary>Draws a run.</summary>
    public static RunCharts Of(RunPicture run) => run.Points.Count == 0
        ? new RunCharts(null, null, null, null, HeatMap.Empty)
        : new RunCharts(ImprovedOf(run), LogProbabilitiesOf(run), AlignmentOf(run), LineSearchOf(run.LastChecked), HeatMap.Of(run.Counts));

    private static LineChart ImprovedOf(RunPicture run)
    {
        var points = run.Points;
        var expected = points.Select(point => point.Predicted.Value!.Value).ToArray();
        // Two standard deviations of a binomial count, and less for the mean of several.
        var spread = points.Zip(expected, (point, mean) => 2 * Math.Sqrt(mean * (1 - mean / point.Perturbations) / point.Iterations)).ToArray();
        var outside = points.Index().Count(point =>
            point.Item.Improved.Value is { } seen && Math.Abs(seen - expected[point.Index]) > spread[point.Index]);
        return Over(points) with
        {
            Summary = $"Improved perturbations of {points[^1].Perturbations} in each iteration, beside the closed form's prediction. {Latest(points[^1].Improved, points[^1].Predicted)} "
                + $"{outside} of {points.Count} points lie more than two standard deviations from their prediction; one in twenty does by chance.",
            Lines =
            [
                new ChartLine("Predicted", "expected", [.. expected.Select(value => (double?)value)]),
                new ChartLine("Improved", "seen", [.. points.Select(point => point.Improved.Value)]),
            ],
            Band = new ChartBand("±2 standard deviations", [.. expected.Zip(spread, (mean, width) => Math.Max(0, mean - width))], [.. expected.Zip(spread, (mean, width) => mean + width)]),
            Format = "0.#",
        };
    }

    private static string Latest(Mean improved, Mean predicted) => string.Create(
        CultureInfo.InvariantCulture,
        $"Last: {(improved.Value is { } seen ? $"{seen:0.#} improved" : "none drawn")}, {predicted.Value:0.#} predicted.");

    private static LineChart LogProbabilitiesOf(RunPicture run)
    {
        var (first, last) = (run.Points[0], run.Points[^1]);
        return Over(run.Points) with
        {
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"Log-probabilities, in nats, of each iteration's pair after it. Chosen: first {first.Chosen.Value:0.0}, last {last.Chosen.Value:0.0}. "
                + $"Rejected: first {first.Rejected.Value:0.0}, last {last.Rejected.Value:0.0}."),
            Lines =
            [
                new ChartLine("Chosen", "chosen", [.. run.Points.Select(point => point.Chosen.Value)]),
                new ChartLine("Rejected", "rejected", [.. run.Points.Select(point => point.Rejected.Value)]),
            ],
            Format = "0.0",
        };
    }

    private static LineChart? AlignmentOf(RunPicture run)
    {
        var known = run.Points.Where(point => point.Alignment.Value is not null).Select(point => point.Alignment.Value!.Value).ToList();
        return known.Count == 0 ? null : Over(run.Points) with
        {
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"Cosine of each iteration's direction to the limit direction of the closed form. Lowest {known.Min():0.000}, highest {known.Max():0.000}, last {known[^1]:0.000}."),
            Lines = [new ChartLine("Alignment", "seen", [.. run.Points.Select(point => point.Alignment.Value)])],
            Format = "0.000",
            HasZero = true,
        };
    }

    private static LineChart? LineSearchOf(IterationSummary? iteration)
    {
        if (iteration is null)
            return null;
        var points = iteration.LineSearch;
        var at = points.First(point => point.Step.Equals(Core.Updates.LineSearch.AcceptanceStep));
        return new LineChart
        {
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"Change of the log-probabilities, in nats, along the sparse direction of iteration {iteration.Iteration}. At step {at.Step}: "
                + $"chosen {at.Chosen - points[0].Chosen:+0.000;-0.000}, rejected {at.Rejected - points[0].Rejected:+0.000;-0.000}."),
            PlaceName = "Step",
            PlaceAxis = new Axis(points[0].Step, points[^1].Step, [0, 5, 10, 15]),
            Places = [.. points.Select(point => point.Step)],
            PlaceTexts = [.. points.Select(point => $"Step {point.Step.ToString(CultureInfo.InvariantCulture)}")],
            Lines =
            [
                new ChartLine("Chosen", "chosen", [.. points.Select(point => (double?)(point.Chosen - points[0].Chosen))]),
                new ChartLine("Rejected", "rejected", [.. points.Select(point => (double?)(point.Rejected - points[0].Rejected))]),
            ],
            Upright = new ChartMark("Acceptance check", Core.Updates.LineSearch.AcceptanceStep),
            Format = "+0.000;-0.000;0",
            HasZero = true,
        };
    }

    private static LineChart Over(IReadOnlyList<SeriesPoint> points) => new()
    {
        Summary = "",
        PlaceName = "Iteration",
        PlaceAxis = Axis.Whole(points[0].First, points[^1].Last),
        Places = [.. points.Select(point => (point.First + point.Last) / 2.0)],
        PlaceTexts = [.. points.Select(point => point.Iterations == 1 ? $"Iteration {point.First}" : $"Iterations {point.First} to {point.Last}")],
        Lines = [],
        Format = "0.#",
    };
}
