using System.Globalization;
using System.Text;

namespace ComPO.Dashboard.Charts;

/// <summary>Draws a chart's lines as SVG paths, in a square of 1000 by 1000 units that is stretched to the place there is.</summary>
internal static class Pen
{
    /// <summary>The length of the square's sides.</summary>
    public const int Side = 1000;

    /// <summary>A line, which breaks off where there is no value.</summary>
    public static string Line(LineChart chart, ChartLine line)
    {
        var path = new StringBuilder();
        var isDown = false;
        foreach (var (i, value) in line.Values.Index())
        {
            if (value is { } height)
                path.Append(isDown ? 'L' : 'M').Append(Point(chart, i, height));
            isDown = value is not null;
        }
        return path.ToString();
    }

    /// <summary>A dot at each value: lines without length, whose ends are round however the square is stretched.</summary>
    public static string Dots(LineChart chart, ChartLine line) =>
        string.Concat(line.Values.Index().Where(point => point.Item is not null).Select(point => $"M{Point(chart, point.Index, point.Item!.Value)}h0"));

    /// <summary>The outline of an area.</summary>
    public static string Outline(LineChart chart, ChartBand band)
    {
        var above = band.High.Index().Select(point => Point(chart, point.Index, point.Item));
        var below = band.Low.Index().Reverse().Select(point => Point(chart, point.Index, point.Item));
        return $"M{string.Join('L', above.Concat(below))}Z";
    }

    /// <summary>Units from the top.</summary>
    public static string Y(LineChart chart, double value) => Units(1 - chart.ValueAxis.At(value));

    /// <summary>Units from the left.</summary>
    public static string X(LineChart chart, double place) => Units(chart.PlaceAxis.At(place));

    /// <summary>Per cent from the top.</summary>
    public static string Top(LineChart chart, double value) => PerCent(1 - chart.ValueAxis.At(value));

    /// <summary>Per cent from the left.</summary>
    public static string Left(LineChart chart, double place) => PerCent(chart.PlaceAxis.At(place));

    private static string Point(LineChart chart, int i, double value) => $"{X(chart, chart.Places[i])} {Y(chart, value)}";

    private static string Units(double share) => Math.Round(share * Side).ToString(CultureInfo.InvariantCulture);

    private static string PerCent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##}%");
}
