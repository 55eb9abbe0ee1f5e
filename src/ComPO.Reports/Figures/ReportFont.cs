using System.Reflection;
using ScottPlot;
using SkiaSharp;

namespace ComPO.Reports.Figures;

/// <summary>The one font of all figures, which the program brings along: a server often has none, and text would be left out without a word.</summary>
internal static class ReportFont
{
    /// <summary>Its name.</summary>
    public const string Name = "DejaVu Sans";

    private static readonly SKTypeface Typeface = Load();

    /// <summary>Makes it the font of every plot of this process.</summary>
    public static void Use()
    {
        if (Fonts.FontResolvers.OfType<Resolver>().Any())
            return;
        Fonts.FontResolvers.Insert(0, new Resolver());
        Fonts.Default = Name;
    }

    /// <summary>The length of a text, in pixels.</summary>
    public static float Measure(string text, float size)
    {
        using var font = new SKFont(Typeface, size);
        return font.MeasureText(text);
    }

    private static SKTypeface Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("DejaVuSans.ttf")!;
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data);
    }

    private sealed class Resolver : IFontResolver
    {
        public SKTypeface CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => Typeface;

        public SKTypeface CreateTypeface(string fontName, bool bold, bool italic) => Typeface;
    }
}
