using System.Buffers;
using System.Globalization;
using System.Text;

namespace ComPO.Reports.Tables;

/// <summary>A table as CSV (RFC 4180): numbers to their last digit and with a point, whatever the country; an empty cell where there is none.</summary>
internal sealed class CsvText
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n");

    private readonly StringBuilder _text = new();

    /// <summary>Adds a line.</summary>
    public void Add(IEnumerable<object?> cells) => _text.AppendJoin(',', cells.Select(Cell)).Append("\r\n");

    /// <summary>The table.</summary>
    public override string ToString() => _text.ToString();

    private static string Cell(object? value)
    {
        var text = value switch
        {
            null => "",
            bool flag => flag ? "true" : "false",
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
        return text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
