using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace ComPO.Dashboard.Tests.Browser;

/// <summary>An open page, and all that it asked for and complained of.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private Tab(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>The addresses it asked for, its socket's included.</summary>
    public ConcurrentQueue<Uri> Requests { get; } = new();

    /// <summary>Errors and warnings of its console, and exceptions of its scripts.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>How often it was loaded.</summary>
    public int Loads { get; private set; }

    public static async Task<Tab> OpenAsync(IBrowserContext context, Uri address)
    {
        var page = await context.NewPageAsync();
        var tab = new Tab(context, page);
        page.Request += (_, request) => tab.Requests.Enqueue(new Uri(request.Url));
        page.WebSocket += (_, socket) => tab.Requests.Enqueue(new Uri(socket.Url));
        page.PageError += (_, error) => tab.Complaints.Enqueue(error);
        page.Load += (_, _) => tab.Loads++;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                tab.Complaints.Enqueue(message.Text);
        };
        await page.GotoAsync(address.ToString());
        return tab;
    }

    /// <summary>Waits until an element has a text.</summary>
    public Task SeeAsync(string selector, string text) => Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text);

    /// <summary>Waits until the page is no mere picture of itself: its buttons work.</summary>
    public Task LiveAsync() => Assertions.Expect(Page.Locator("main[data-live]")).ToHaveCountAsync(1);

    /// <summary>Whether light text stands on dark ground.</summary>
    public async Task<bool> IsDarkAsync() => await Page.EvaluateAsync<int>(
        "Number(getComputedStyle(document.documentElement).backgroundColor.match(/[0-9]+/)[0])") < 128;

    /// <summary>Takes a picture of what is in the window, or of one element.</summary>
    public Task PictureAsync(string file, string? selector = null) => selector is null
        ? Page.ScreenshotAsync(new() { Path = file })
        : Page.Locator(selector).First.ScreenshotAsync(new() { Path = file });

    /// <summary>Fails for whatever WCAG 2.2 AA, as far as axe can tell, does not allow.</summary>
    public async Task PassAccessibilityAsync()
    {
        await LiveAsync();
        var found = await Page.RunAxe(new AxeRunOptions
        {
            RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
        });
        Assert.Empty(found.Violations.SelectMany(violation => violation.Nodes.Select(node => $"{violation.Id}: {node.Html}")));
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
