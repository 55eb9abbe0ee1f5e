using System.Globalization;
using Spectre.Console;

namespace ComPO.Node.Quickstart;

/// <summary>The quickstart's report for people.</summary>
internal static class QuickstartTable
{
    /// <summary>Prints the table and where the results are.</summary>
    public static void Print(QuickstartReport report, QuickstartSettings settings, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("", "log p(chosen)", "log p(rejected)", "margin", "accuracy");
        foreach (var column in table.Columns.Skip(1))
            column.RightAligned();
        AddRows(table, "trained pairs", report.Trained);
        table.AddEmptyRow();
        AddRows(table, "held-out pairs", report.HeldOut);
        console.Write(table);
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"{report.Iterations} iterations, {report.Accepted} accepted, {settings.Describe()}; {report.Seconds:0} seconds.");
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"head digest {report.HeadDigest}");
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"results in {report.Output}");
    }

    private static void AddRows(Table table, string pairs, BeforeAndAfter means)
    {
        AddRow(table, $"{pairs}, before", means.Before);
        AddRow(table, $"{pairs}, after", means.After);
    }

    private static void AddRow(Table table, string name, PairMeans means) => table.AddRow(
        name, Nats(means.Chosen), Nats(means.Rejected), Nats(means.Margin), means.Accuracy.ToString("0.0 %", CultureInfo.InvariantCulture));

    private static string Nats(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
