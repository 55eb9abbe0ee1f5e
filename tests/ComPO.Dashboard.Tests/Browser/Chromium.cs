using ComPO.Dashboard.Tests.Browser;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace ComPO.Dashboard.Tests.Browser;

/// <summary>One headless Chromium for all tests, that of the system; tests are skipped where there is none.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string? Executable =
        new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    // Milliseconds that anything may take: a minute or two on a machine that is busy with other tests.
    private const float Patience = 120_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Executable is null)
            return;
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Timeout = Patience,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    /// <summary>A tab of a profile of its own.</summary>
    internal async Task<Tab> OpenAsync(Uri address, int width = 1440, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        if (_browser is null)
            Assert.Skip("Chromium is not on this machine; .ci/install-chromium installs it.");
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Patience);
        return await Tab.OpenAsync(context, address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
