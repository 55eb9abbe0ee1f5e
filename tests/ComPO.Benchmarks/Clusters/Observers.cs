using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using ComPO.Cluster.Configuration;
using ComPO.Node.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;

namespace ComPO.Benchmarks.Clusters;

/// <summary>
/// All that may look at a node, each as in production: a collector of metrics and spans, Prometheus every five seconds, and a browser with the dashboard
/// open. The browser is a process of its own; the others are not, so that what they take is counted as the node's.
/// </summary>
internal sealed class Observers : IAsyncDisposable
{
    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _end = new();
    private readonly DirectoryInfo _profile = Directory.CreateTempSubdirectory("compo-browser-");
    private WebApplication? _collector;
    private IHost? _telemetry;
    private Process? _browser;
    private Task _scraping = Task.CompletedTask;

    private Observers()
    {
    }

    /// <summary>Looks at a node that serves HTTP, and returns once its page is live.</summary>
    /// <param name="node">The node.</param>
    /// <param name="who">Who looks.</param>
    public static async Task<Observers> LookAtAsync(ComPONode node, Observer who)
    {
        var observers = new Observers();
        if (who.HasFlag(Observer.Collector))
            await observers.CollectAsync();
        if (who.HasFlag(Observer.Prometheus))
            observers._scraping = observers.ScrapeAsync(new Uri(node.WebAddress!, "metrics"));
        if (who.HasFlag(Observer.Page))
        {
            using var circuits = new OpenCircuits();
            observers._browser = observers.OpenBrowser(node.WebAddress!);
            await circuits.OneAsync.WaitAsync(Patience);
        }
        return observers;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _scraping;
        if (_browser is not null)
        {
            _browser.Kill(entireProcessTree: true);
            await _browser.WaitForExitAsync();
            _browser.Dispose();
        }
        if (_telemetry is not null)
        {
            await _telemetry.StopAsync();
            _telemetry.Dispose();
            await _collector!.DisposeAsync();
        }
        _end.Dispose();
        _profile.Delete(recursive: true);
    }

    private Process OpenBrowser(Uri page)
    {
        var program = new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("Chromium is not on this machine; .ci/install-chromium installs it.");
        // The port keeps it from ending once the page is loaded.
        var browser = Process.Start(new ProcessStartInfo(
            program, ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", $"--user-data-dir={_profile.FullName}", page.ToString()])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        browser.BeginErrorReadLine();
        browser.BeginOutputReadLine();
        return browser;
    }

    private async Task ScrapeAsync(Uri metrics)
    {
        using var prometheus = new HttpClient();
        prometheus.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text; version=1.0.0");
        using var timer = new PeriodicTimer(ScrapeInterval);
        try
        {
            do
                await prometheus.GetByteArrayAsync(metrics, _end.Token);
            while (await timer.WaitForNextTickAsync(_end.Token));
        }
        catch (OperationCanceledException)
        {
            // Nobody wants to know any more.
        }
    }

    private async Task CollectAsync()
    {
        _collector = await StartCollectorAsync();
        // The node's own would be there from its start to its end.
        var builder = Host.CreateEmptyApplicationBuilder(null);
        NodeTelemetry.AddTo(
            builder.Services, new NodeOptions { Roles = [NodeOptions.SeedRole] }, new HostSettings { SendsTelemetry = true, Collector = new Uri(_collector.Urls.Single()) });
        _telemetry = builder.Build();
        await _telemetry.StartAsync();
    }

    // What gRPC is on the wire: a POST by HTTP/2, answered by an empty message and a status.
    private static async Task<WebApplication> StartCollectorAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var collector = builder.Build();
        collector.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/grpc";
            context.Response.DeclareTrailer("grpc-status");
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await collector.StartAsync();
        return collector;
    }

    /// <summary>Tells when a page has come to life.</summary>
    private sealed class OpenCircuits : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly TaskCompletionSource _one = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public OpenCircuits()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "aspnetcore.components.circuit.connected")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, change, _, _) =>
            {
                if (change > 0)
                    _one.TrySetResult();
            });
            _listener.Start();
        }

        public Task OneAsync => _one.Task;

        public void Dispose() => _listener.Dispose();
    }
}
