using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace ComPO.Reports.Figures;

/// <summary>What all figures are drawn with.</summary>
internal static class Drawing
{
    /// <summary>An empty figure over iterations.</summary>
    public static Plot OverIterations(string title, string y)
    {
        var plot = Empty(title, "iteration", y);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        return plot;
    }

    /// <summary>An empty figure.</summary>
    public static Plot Empty(string title, string x, string y)
    {
        ReportFont.Use();
        var plot = new Plot();
        plot.FigureBackground.Color = Palette.Paper;
        plot.DataBackground.Color = Palette.Paper;
        plot.Axes.Color(Palette.Ink);
        plot.Grid.MajorLineColor = Palette.Grid;
        plot.Title(title, 15);
        plot.XLabel(x, 12);
        plot.YLabel(y, 12);
        foreach (var label in (LabelStyle[])[plot.Axes.Title.Label, plot.Axes.Bottom.Label, plot.Axes.Left.Label])
            label.Bold = false;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Bottom.MinorTickStyle.Length = 0;
        plot.Axes.Left.MinorTickStyle.Length = 0;
        plot.Legend.BackgroundColor = Palette.Paper;
        plot.Legend.OutlineColor = Palette.Paper;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.FontColor = Palette.Ink;
        plot.Legend.FontSize = 12;
        return plot;
    }

    /// <summary>From the first iteration to the last, and as high as what is drawn.</summary>
    public static Plot Until(this Plot plot, int lastIteration)
    {
        plot.Axes.SetLimitsX(-0.6, lastIteration + 0.6);
        plot.Axes.AutoScaleY();
        return plot;
    }

    /// <summary>The names of the series, below the figure.</summary>
    public static Plot WithLegend(this Plot plot)
    {
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.TightHorizontalWrapping = true;
        plot.ShowLegend(Edge.Bottom);
        return plot;
    }

    /// <summary>Points, joined by a thin line where they are few enough to follow it.</summary>
    public static Scatter Points(this Plot plot, double[] xs, double[] ys, Color color, string? name = null, MarkerShape shape = MarkerShape.FilledCircle)
    {
        var points = plot.Add.Scatter(xs, ys, color);
        points.LineWidth = xs.Length <= 300 ? 1 : 0;
        points.MarkerShape = shape;
        points.MarkerSize = xs.Length <= 100 ? 6 : xs.Length <= 1000 ? 4 : 2;
        points.LegendText = name ?? "";
        return points;
    }

    /// <summary>A line.</summary>
    public static Scatter Line(this Plot plot, double[] xs, double[] ys, Color color, string? name = null, float width = 1.5f)
    {
        var line = plot.Add.ScatterLine(xs, ys, color);
        line.LineWidth = width;
        line.LegendText = name ?? "";
        return line;
    }

    /// <summary>A filled band without a border.</summary>
    public static FillY Band(this Plot plot, double[] xs, double[] low, double[] high, Color color, string? name = null)
    {
        var band = plot.Add.FillY(xs, low, high);
        band.FillColor = color;
        band.LineWidth = 0;
        band.MarkerSize = 0;
        band.LegendText = name ?? "";
        return band;
    }

    /// <summary>A level to compare with.</summary>
    public static void Level(this Plot plot, double y, string? name = null)
    {
        var line = plot.Add.HorizontalLine(y, 1, Palette.Grey);
        line.LegendText = name ?? "";
    }
}
