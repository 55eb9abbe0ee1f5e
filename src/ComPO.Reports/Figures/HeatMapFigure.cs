using System.Globalization;
using ScottPlot;
using ScottPlot.Colormaps;
using ScottPlot.TickGenerators;

namespace ComPO.Reports.Figures;

/// <summary>Counts as colours, with the counts written into the cells while there are few.</summary>
internal static class HeatMapFigure
{
    private static readonly Viridis Colours = new();

    /// <summary>Draws counts.</summary>
    /// <param name="title">Above the figure.</param>
    /// <param name="x">What columns are.</param>
    /// <param name="y">What rows are; row 0 is on top.</param>
    /// <param name="counts">By row and column; NaN where there is none.</param>
    /// <param name="columnNames">One a column.</param>
    /// <param name="withNumbers">Whether to write the counts.</param>
    public static Plot Of(string title, string x, string y, double[,] counts, IEnumerable<string> columnNames, bool withNumbers)
    {
        var plot = Drawing.Empty(title, x, y);
        plot.HideGrid();
        // The map itself stays hidden: browsers would blur it. What shows is a rectangle a cell, and the bar of its colours.
        var map = plot.Add.Heatmap(counts);
        map.Colormap = Colours;
        map.IsVisible = false;
        var range = map.GetRange();
        if (range.Min == range.Max)
            map.ManualRange = range = new ScottPlot.Range(range.Min - 1, range.Max + 1);

        var (rows, columns) = (counts.GetLength(0), counts.GetLength(1));
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var (count, top) = (counts[row, column], rows - 1 - row);
                var share = (count - range.Min) / (range.Max - range.Min);
                var cell = plot.Add.Rectangle(column - 0.5, column + 0.5, top - 0.5, top + 0.5);
                cell.FillColor = double.IsNaN(count) ? Palette.Grid : Colours.GetColor(share);
                (cell.LineColor, cell.LineWidth) = (withNumbers ? Palette.Paper : cell.FillColor, 1);
                if (!withNumbers || double.IsNaN(count))
                    continue;
                var text = plot.Add.Text(count.ToString("0", CultureInfo.InvariantCulture), column, top);
                text.LabelAlignment = Alignment.MiddleCenter;
                text.LabelFontSize = columns > 20 ? 9 : 11;
                // Neither is a colour that the page changes: what is below stays as it is too.
                text.LabelFontColor = Color.FromHex(share > 0.6 ? "#010101" : "#FEFEFE");
            }
        }
        var bar = plot.Add.ColorBar(map);
        bar.Axis.FrameLineStyle.Color = Palette.Ink;
        bar.Axis.TickLabelStyle.ForeColor = Palette.Ink;
        plot.Axes.Bottom.TickGenerator = Ticks(columnNames.Select((name, column) => ((double)column, name)).ToArray());
        plot.Axes.Left.TickGenerator = Ticks(Enumerable.Range(0, rows).Select(row => ((double)(rows - 1 - row), row.ToString(CultureInfo.InvariantCulture))).ToArray());
        plot.Axes.SetLimits(-0.5, columns - 0.5, -0.5, rows - 0.5);
        return plot;
    }

    private static NumericManual Ticks((double Position, string Label)[] all)
    {
        var ticks = new NumericManual();
        var every = Math.Max(1, all.Length / 12);
        for (var i = 0; i < all.Length; i += every)
            ticks.AddMajor(all[i].Position, all[i].Label);
        return ticks;
    }
}
