using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace ComPO.Dashboard.Tests.Terminals;

/// <summary>A terminal's screen as an SVG of text: small, sharp at every size, and to be compared line by line.</summary>
internal static partial class ScreenPicture
{
    private const double CharacterWidth = 8.4, LineHeight = 18, Margin = 14;
    private const string Paper = "#16181d", Ink = "#d7dae0";

    // The colours of a terminal that the console uses, on dark paper.
    private static readonly Dictionary<int, string> Colours = new()
    {
        [1] = "#e06c75", [2] = "#8cc570", [3] = "#e0b866", [4] = "#6ab0f3", [8] = "#8a919e", [9] = "#ff7b85", [10] = "#a5d98a", [11] = "#f0cc80", [12] = "#8ac6ff",
    };

    /// <summary>Draws lines of text with the escape sequences for colours in them.</summary>
    public static string Of(string[] lines, int columns)
    {
        var (width, height) = (columns * CharacterWidth + 2 * Margin, lines.Length * LineHeight + 2 * Margin);
        var picture = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:0} {height:0}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
            <rect width="100%" height="100%" rx="8" fill="{Paper}"/>

            """));
        var (colour, weight) = (Ink, "");
        foreach (var (row, line) in lines.Index())
        {
            var column = 0;
            foreach (Match part in Parts().Matches(line))
            {
                if (part.Groups["codes"] is { Success: true } codes)
                {
                    (colour, weight) = Styled(codes.Value, colour, weight);
                    continue;
                }
                var text = part.Value;
                // Each piece says how long it is, so that columns stand below each other in any font.
                if (!string.IsNullOrWhiteSpace(text))
                {
                    picture.AppendLine(string.Create(CultureInfo.InvariantCulture,
                        $"""<text x="{Margin + column * CharacterWidth:0.0}" y="{Margin + (row + 0.75) * LineHeight:0.0}" textLength="{text.Length * CharacterWidth:0.0}" fill="{colour}"{weight} xml:space="preserve">{WebUtility.HtmlEncode(text)}</text>"""));
                }
                column += text.Length;
            }
        }
        return picture.AppendLine("</svg>").ToString();
    }

    private static (string Colour, string Weight) Styled(string codes, string colour, string weight)
    {
        var numbers = codes.Split(';').Select(code => code.Length == 0 ? 0 : int.Parse(code, CultureInfo.InvariantCulture)).ToArray();
        return numbers switch
        {
            [0] => (Ink, ""),
            [39] => (Ink, weight),
            [1] => (colour, " font-weight=\"bold\""),
            [38, 5, var index] => (Colours.GetValueOrDefault(index, Ink), weight),
            [>= 30 and < 38 and var code] => (Colours.GetValueOrDefault(code - 30, Ink), weight),
            [>= 90 and < 98 and var code] => (Colours.GetValueOrDefault(code - 82, Ink), weight),
            [0, .. var rest] => Styled(string.Join(';', rest), Ink, ""),
            [1, .. var rest] => Styled(string.Join(';', rest), colour, " font-weight=\"bold\""),
            _ => (colour, weight),
        };
    }

    [GeneratedRegex("\u001b\\[(?<codes>[0-9;]*)m|[^\u001b]+")]
    private static partial Regex Parts();
}
