using System.Globalization;
using System.Xml.Linq;

namespace ComPO.Reports.Figures;

/// <summary>
/// A figure as SVG, made fit for browsers: text is set in whatever font the reader has, anchored where it was drawn, instead of letter by letter;
/// and in a page it takes the page's colours, light or dark.
/// </summary>
internal sealed class SvgPicture
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    // The classes that the page's style sheet gives a colour; what they replace is in Palette.
    private static readonly Dictionary<string, string> PageColours = new(StringComparer.OrdinalIgnoreCase)
    {
        [Palette.Ink.ToHex()] = "ink",
        [Palette.Grid.ToHex()] = "grid",
        ["white"] = "paper",
        [Palette.Paper.ToHex()] = "paper",
    };

    private readonly XElement _root;
    private readonly string _name;

    /// <summary>Takes SVG as Skia writes it.</summary>
    /// <param name="xml">The document.</param>
    /// <param name="name">A name that no other figure of the page has.</param>
    public SvgPicture(string xml, string name)
    {
        (_root, _name) = (XDocument.Parse(xml).Root!, name);
        _root.SetAttributeValue("viewBox", $"0 0 {_root.Attribute("width")!.Value} {_root.Attribute("height")!.Value}");
        foreach (var text in _root.Descendants(Svg + "text").ToList())
            Anchor(text);
    }

    /// <summary>A file of its own.</summary>
    public string ToFile() => new XDocument(new XDeclaration("1.0", "utf-8", null), _root).ToString();

    /// <summary>A part of a page, with a description for those who hear it.</summary>
    public XElement ToPage(string description)
    {
        var picture = new XElement(_root);
        foreach (var element in picture.DescendantsAndSelf())
        {
            TakePageColours(element);
            MakeNamesUnique(element);
        }
        picture.SetAttributeValue("width", null);
        picture.SetAttributeValue("height", null);
        picture.SetAttributeValue("role", "img");
        picture.SetAttributeValue("aria-label", description);
        return picture;
    }

    private static void Anchor(XElement text)
    {
        var start = First(text, "x");
        var size = Number(text.Attribute("font-size")!.Value);
        text.Value = text.Value.Trim();
        var width = ReportFont.Measure(text.Value, (float)size);
        var (anchor, x) = Math.Abs(start) < 0.6 ? ("start", start)
            : Math.Abs(start + (width / 2)) < 0.6 ? ("middle", 0)
            : Math.Abs(start + width) < 0.6 ? ("end", 0)
            : ("start", start);
        text.SetAttributeValue("x", x.ToString("0.##", CultureInfo.InvariantCulture));
        text.SetAttributeValue("y", First(text, "y").ToString("0.##", CultureInfo.InvariantCulture));
        text.SetAttributeValue("text-anchor", anchor);
        text.SetAttributeValue("font-family", $"system-ui, {ReportFont.Name}, sans-serif");
    }

    private static double First(XElement text, string name) =>
        text.Attribute(name) is { } list ? Number(list.Value.Split(',')[0]) : 0;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static void TakePageColours(XElement element)
    {
        var classes = new List<string>();
        foreach (var property in (string[])["fill", "stroke"])
        {
            if (element.Attribute(property) is not { } colour || !PageColours.TryGetValue(colour.Value, out var name))
                continue;
            classes.Add($"{property}-{name}");
            colour.Remove();
        }
        if (classes.Count > 0)
            element.SetAttributeValue("class", string.Join(' ', classes));
    }

    // Names hold for a whole page, and Skia numbers those of each picture from the same beginning.
    private void MakeNamesUnique(XElement element)
    {
        foreach (var attribute in element.Attributes())
        {
            if (attribute.Name.LocalName == "id")
                attribute.Value = $"{_name}-{attribute.Value}";
            else if (attribute.Value.Contains("url(#", StringComparison.Ordinal))
                attribute.Value = attribute.Value.Replace("url(#", $"url(#{_name}-", StringComparison.Ordinal);
            else if (attribute.Name.LocalName == "href" && attribute.Value.StartsWith('#'))
                attribute.Value = $"#{_name}-{attribute.Value[1..]}";
        }
    }
}
