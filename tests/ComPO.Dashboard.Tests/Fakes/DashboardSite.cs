using System.Net;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ComPO.Dashboard.Tests.Fakes;

/// <summary>The dashboard of a node whose cluster is made up.</summary>
internal sealed class DashboardSite : IAsyncDisposable
{
    public const string Token = "a token for these tests";

    private readonly ActorSystem _system;
    private readonly WebApplication _application;

    private DashboardSite(ActorSystem system, WebApplication application) => (_system, _application) = (system, application);

    public FakeCluster Cluster { get; } = new();

    public Uri Address => new(_application.Urls.Single());

    public T Get<T>()
        where T : notnull => _application.Services.GetRequiredService<T>();

    public static async Task<DashboardSite> StartAsync(string? token = Token, int port = 0)
    {
        var system = ActorSystem.Create("ComPO");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRouting().AddSingleton(system);
        builder.Services.AddComPODashboard(new DashboardSettings { RefreshInterval = TimeSpan.FromMilliseconds(100), ControlToken = token });
        var application = builder.Build();
        application.MapComPODashboard();
        var site = new DashboardSite(system, application);
        system.ActorOf(site.Cluster.Props(), "admin");
        await application.StartAsync();
        return site;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        await _system.Terminate();
    }
}
