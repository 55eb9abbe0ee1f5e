using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Akka.Actor;
using ComPO.Dashboard;
using ComPO.Dashboard.Feed;
using ComPO.Dashboard.Pages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ComPO.Benchmarks.Clusters;

/// <summary>What a page weighs as transferred.</summary>
/// <param name="Bytes">Of the page and all that it names.</param>
/// <param name="Answers">In so many answers.</param>
internal sealed record PageWeight(long Bytes, int Answers);

/// <summary>The dashboard of a seed in this process, as the executable serves it, and pages that are open without a browser.</summary>
internal sealed partial class DashboardPages : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly List<(AsyncServiceScope Scope, DrawnPage Page)> _open = [];
    private readonly Lock _lock = new();
    private readonly List<double> _delays = [];
    private long _lastEvent;
    private int _drawings;

    private DashboardPages(WebApplication application) => _application = application;

    /// <summary>From the event of each iteration to the first drawing of a page that shows it.</summary>
    public IReadOnlyList<double> DelaysMilliseconds
    {
        get
        {
            lock (_lock)
                return [.. _delays];
        }
    }

    /// <summary>How often a page was drawn.</summary>
    public int Drawings => Volatile.Read(ref _drawings);

    public static async Task<DashboardPages> StartAsync(ActorSystem seed)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting().AddSingleton(seed);
        builder.Services.AddComPODashboard(new DashboardSettings { RefreshInterval = TimeSpan.FromMilliseconds(400), ControlToken = null });
        builder.Services.AddScoped<AuthenticationStateProvider, Anybody>();
        var application = builder.Build();
        application.MapComPODashboard();
        await application.StartAsync();
        return new DashboardPages(application);
    }

    /// <summary>Opens a page, which is drawn whenever what it shows changes.</summary>
    public async Task OpenAsync()
    {
        var scope = _application.Services.CreateAsyncScope();
        var page = new DrawnPage(scope.ServiceProvider, NullLoggerFactory.Instance, OnDrawn);
        _open.Add((scope, page));
        await page.OpenAsync<Overview>();
    }

    /// <summary>Loads the page and all that it names as browsers do.</summary>
    public async Task<PageWeight> WeighAsync()
    {
        var address = new Uri(_application.Urls.Single());
        using var plain = new HttpClient { BaseAddress = address };
        using var browser = new HttpClient(new HttpClientHandler { AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = address };
        browser.DefaultRequestHeaders.Add("Accept-Encoding", "gzip, br");
        var named = Named().Matches(await plain.GetStringAsync(new Uri("/", UriKind.Relative))).Select(match => match.Groups[1].Value).Distinct();
        string[] all = ["/", .. named];
        long bytes = 0;
        foreach (var each in all)
            bytes += (await browser.GetByteArrayAsync(new Uri(each, UriKind.Relative))).Length;
        return new PageWeight(bytes, all.Length);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (scope, page) in _open)
        {
            await page.DisposeAsync();
            await scope.DisposeAsync();
        }
        await _application.DisposeAsync();
    }

    [GeneratedRegex("(?:href|src)=\"(assets/[^\"]+)\"")]
    private static partial Regex Named();

    private void OnDrawn()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Interlocked.Increment(ref _drawings);
        lock (_lock)
        {
            foreach (var happened in _application.Services.GetRequiredService<LiveView>().Current.Events.TakeWhile(happened => happened.UnixMilliseconds > _lastEvent).Reverse())
            {
                _lastEvent = happened.UnixMilliseconds;
                if (happened.Iteration is not null)
                    _delays.Add(now - happened.UnixMilliseconds);
            }
        }
    }

    private sealed class Anybody : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity())));
    }
}
