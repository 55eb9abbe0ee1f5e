using ScottPlot;

namespace ComPO.Reports.Figures;

/// <summary>A picture of a report.</summary>
/// <param name="Name">The path of its files among the plots, without their extension.</param>
/// <param name="Caption">What it shows and how to read it.</param>
/// <param name="Plot">The picture.</param>
internal sealed record Figure(string Name, string Caption, Plot Plot)
{
    /// <summary>Its size in pixels.</summary>
    public (int Width, int Height) Size { get; init; } = (720, 380);

    /// <summary>It as PNG, at twice its size, so that it is sharp on paper.</summary>
    public byte[] ToPng()
    {
        Plot.ScaleFactor = 2;
        var image = Plot.GetImageBytes(Size.Width * 2, Size.Height * 2, ImageFormat.Png);
        Plot.ScaleFactor = 1;
        return image;
    }

    /// <summary>It as SVG.</summary>
    public SvgPicture ToSvg() => new(Plot.GetSvgXml(Size.Width, Size.Height), Name.Replace('/', '.'));
}
