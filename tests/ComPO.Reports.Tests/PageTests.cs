using System.Xml.Linq;

namespace ComPO.Reports.Tests;

public sealed class PageTests(ComparedRuns report) : IClassFixture<ComparedRuns>
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private XElement Page => XDocument.Parse(report.Text("index.html")["<!doctype html>".Length..]).Root!;

    [Fact]
    public void The_page_needs_nothing_but_itself()
    {
        var page = Page;

        Assert.DoesNotContain(page.DescendantsAndSelf(), element => element.Name.LocalName is "script" or "link" or "iframe" or "img" or "object");
        var references = page.DescendantsAndSelf().Attributes().Where(attribute => attribute.Name.LocalName is "href" or "src").Select(attribute => attribute.Value);
        Assert.All(references, reference => Assert.True(reference.StartsWith('#') || reference.StartsWith("data:", StringComparison.Ordinal), reference));
        Assert.DoesNotContain("url(http", report.Text("index.html"), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", report.Text("index.html"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default-src 'none'", report.Text("index.html"), StringComparison.Ordinal);
        Assert.Equal(report.Files.Count(file => file.EndsWith(".svg", StringComparison.Ordinal)), page.Descendants(Svg + "svg").Count());
    }

    [Fact]
    public void What_a_log_says_is_text()
    {
        var page = Page;

        Assert.DoesNotContain("<script", report.Text("index.html"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(page.Descendants("td"), cell => cell.Value == ComparedRuns.Hostile.Replace('\u0001', '\uFFFD'));
        Assert.Contains(page.Descendants("p"), note => note.Value == "Broke <b>& \"stopped\".");
        Assert.Empty(page.Descendants("b"));
    }

    [Fact]
    public void Names_in_pictures_are_unique_and_colours_are_the_pages()
    {
        var page = Page;

        var names = page.Descendants().Attributes("id").Select(name => name.Value).ToArray();
        Assert.NotEmpty(names);
        Assert.Equal(names.Length, names.Distinct().Count());
        var used = page.Descendants().Attributes().Where(attribute => attribute.Value.StartsWith("url(#", StringComparison.Ordinal)).Select(attribute => attribute.Value[5..^1]);
        Assert.Subset(names.ToHashSet(), used.ToHashSet());
        Assert.DoesNotContain(page.Descendants().Attributes("fill"), fill => fill.Value is "white" or "#1F2328");
        Assert.Contains(page.Descendants(Svg + "rect"), rect => (string?)rect.Attribute("class") == "fill-paper");
    }

    [Fact]
    public void Runs_stand_side_by_side_with_what_differs_between_them()
    {
        var tables = Page.Descendants("table").Select(table => table.Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray()).ToArray()).ToArray();

        Assert.Equal(["", "one", "one (2)"], tables[0][0]);
        Assert.Contains(tables[0], row => row is ["outcome", "failed", "unfinished"]);
        Assert.Contains(tables[0], row => row is ["iterations", "23 of 25", "12 of 25"]);
        Assert.Contains(tables[0], row => row is ["held-out margin", "0.5 → 2.25", "–"]);
        Assert.Equal(["eval-data", "model"], tables[1].Skip(1).Select(row => row[0]).Order());
        Assert.Contains(Page.Descendants("p"), note => note.Value.Contains("line 14 ends in the middle", StringComparison.Ordinal));
        Assert.Contains(Page.Descendants("p"), note => note.Value.StartsWith("Nothing says that this run has ended", StringComparison.Ordinal));
    }
}
