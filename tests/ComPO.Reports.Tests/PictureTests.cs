using System.Text.Json.Nodes;
using System.Xml.Linq;
using SkiaSharp;

namespace ComPO.Reports.Tests;

public sealed class PictureTests(ComparedRuns report) : IClassFixture<ComparedRuns>
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Every_figure_is_drawn_both_ways()
    {
        var pictures = report.Files.Where(file => file.StartsWith("plots/", StringComparison.Ordinal)).ToArray();

        string[] ofARun = ["improved-share", "verdicts", "margin", "log-probabilities", "alignment", "improved-counts", "change", "line-search", "seconds", "norm", "threshold", "nonzero"];
        string[] expected =
        [
            .. ofARun.Select(name => $"plots/one/{name}"), "plots/one/evaluation-margin", "plots/one/evaluation-accuracy",
            .. ofARun.Select(name => $"plots/one~2/{name}"),
            .. new[] { "gain", "deviations", "alignment", "seconds", "counts" }.Select(name => $"plots/compared-{name}"), "plots/evaluation-margin", "plots/evaluation-accuracy",
        ];
        Assert.Equal(expected.SelectMany(name => (string[])[$"{name}.png", $"{name}.svg"]).Order(StringComparer.Ordinal), pictures.Order(StringComparer.Ordinal));
        foreach (var file in pictures.Where(file => file.EndsWith(".png", StringComparison.Ordinal)))
            AssertIsDrawn(file);
    }

    [Fact]
    public void Each_observation_is_a_dot()
    {
        var picture = XDocument.Parse(report.Text("plots/one~2/improved-share.svg"));

        // One more stands in the legend.
        Assert.Equal(12 + 1, picture.Descendants(Svg + "ellipse").Count());
        Assert.Contains("Improved perturbations, observed and predicted", Texts(picture));
        Assert.Contains("± 2 standard deviations", Texts(picture));
        Assert.All(picture.Descendants(Svg + "text"), text => Assert.DoesNotContain(',', (string)text.Attribute("x")!));
    }

    [Theory]
    [InlineData("plots/one/improved-counts.svg", 1)]
    [InlineData("plots/compared-counts.svg", 2)]
    public void The_heat_map_tells_every_count(string file, int runs)
    {
        var counts = report.FirstLog.Skip(1).Concat(report.SecondLog.Skip(1).Where(_ => runs == 2)).Select(line => JsonNode.Parse(line)!["improved"]!.ToString());

        var cells = XDocument.Parse(report.Text(file)).Descendants(Svg + "text").Where(text => (string?)text.Attribute("fill") is "#010101" or "#FEFEFE");

        Assert.Equal(counts.Order(), cells.Select(cell => cell.Value).Order());
    }

    private void AssertIsDrawn(string file)
    {
        using var picture = SKBitmap.Decode(Path.Combine(report.Folder, file));
        Assert.True(picture is { Width: 1440, Height: >= 440 }, file);
        var colours = picture.Pixels.CountBy(pixel => pixel).ToDictionary();
        Assert.True(colours.Count > 20, $"{file} has {colours.Count} colours.");
        Assert.True(colours[SKColors.White] < 0.98 * picture.Pixels.Length, $"{file} is blank.");
        // The title is text: without a font there would be no ink above the axes.
        var ink = Enumerable.Range(0, picture.Width).Sum(x => Enumerable.Range(10, 45).Count(y => picture.GetPixel(x, y).Red < 100));
        Assert.True(ink > 400, $"{file} has a title of {ink} pixels.");
    }

    private static IEnumerable<string> Texts(XDocument picture) => picture.Descendants(Svg + "text").Select(text => text.Value);
}
