using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ComPO.Reports.Pages;

/// <summary>Pages as trees, so that whatever a log says is text and never markup.</summary>
internal static class Html
{
    /// <summary>An element.</summary>
    public static XElement Element(string name, params object?[] content) => new(name, content.Select(Clean));

    /// <summary>An element of a class.</summary>
    public static XElement Classed(string name, string @class, params object?[] content)
    {
        var element = Element(name, content);
        element.SetAttributeValue("class", @class);
        return element;
    }

    /// <summary>A table that scrolls by itself where a screen is narrow.</summary>
    /// <param name="head">Names of the columns.</param>
    /// <param name="rows">Cells: texts are left, numbers right.</param>
    public static XElement Table(IEnumerable<string> head, IEnumerable<IEnumerable<object?>> rows) => Classed("div", "wide", Element("table",
        Element("thead", Element("tr", [.. head.Select(name => Element("th", name))])),
        Element("tbody", [.. rows.Select(row => Element("tr", [.. row.Select(Cell)]))])));

    /// <summary>A whole page.</summary>
    public static string Page(XElement html)
    {
        // Browsers take an element that is closed at once for one that is still open, unless it is one of a few, or SVG.
        foreach (var element in html.Descendants().Where(element => element.IsEmpty && element.Name.Namespace == XNamespace.None && element.Name.LocalName is not ("meta" or "br")))
            element.Value = "";
        var text = new StringBuilder("<!doctype html>\n");
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = false }))
            html.Save(writer);
        return text.Append('\n').ToString();
    }

    /// <summary>A number with so many significant digits.</summary>
    public static string Number(double? value, string format = "0.####") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    private static XElement Cell(object? value) => value switch
    {
        XElement { Name.LocalName: "td" or "th" } cell => cell,
        string or XElement => Element("td", value),
        null => Element("td", "–"),
        _ => Classed("td", "number", Convert.ToString(value, CultureInfo.InvariantCulture)),
    };

    // XML, and so this page, has no place for control characters.
    private static object? Clean(object? content) => content is string text ? string.Concat(text.EnumerateRunes().Select(rune =>
        rune.Value is '\t' or '\n' or >= ' ' and not (0x7F or 0xFFFE or 0xFFFF) ? rune.ToString() : "\uFFFD")) : content;
}
