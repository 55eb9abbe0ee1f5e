namespace ComPO.Dashboard.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Style">Its look: chosen, rejected, seen or expected in the style sheet.</param>
/// <param name="Values">A value for each place on the x axis; null where there is none.</param>
public sealed record ChartLine(string Name, string Style, IReadOnlyList<double?> Values);

/// <summary>An area between two lines.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Low">Its lower edge at each place.</param>
/// <param name="High">Its upper edge at each place.</param>
public sealed record ChartBand(string Name, IReadOnlyList<double> Low, IReadOnlyList<double> High);

/// <summary>A value worth a line of its own across a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Where it is.</param>
public sealed record ChartMark(string Name, double Value);

/// <summary>What a line chart shows; drawn by <c>LineChartView</c>.</summary>
public sealed record LineChart
{
    /// <summary>What the chart shows, in a sentence, for those who do not see it.</summary>
    public required string Summary { get; init; }

    /// <summary>What the places on the x axis are.</summary>
    public required string PlaceName { get; init; }

    /// <summary>The places on the x axis.</summary>
    public required Axis PlaceAxis { get; init; }

    /// <summary>Where each value lies on the x axis.</summary>
    public required IReadOnlyList<double> Places { get; init; }

    /// <summary>What each place is called.</summary>
    public required IReadOnlyList<string> PlaceTexts { get; init; }

    /// <summary>The lines.</summary>
    public required IReadOnlyList<ChartLine> Lines { get; init; }

    /// <summary>An area behind them.</summary>
    public ChartBand? Band { get; init; }

    /// <summary>A line from top to bottom.</summary>
    public ChartMark? Upright { get; init; }

    /// <summary>How numbers are written.</summary>
    public required string Format { get; init; }

    /// <summary>Whether 0 belongs to the range shown.</summary>
    public bool HasZero { get; init; }

    /// <summary>The values on the y axis.</summary>
    public Axis ValueAxis => _valueAxis ??= Axis.Round(
        [.. Lines.SelectMany(line => line.Values).OfType<double>(), .. Band?.Low ?? [], .. Band?.High ?? [], .. HasZero ? [0.0] : Array.Empty<double>()]);

    private Axis? _valueAxis;
}
