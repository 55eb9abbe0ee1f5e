using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Akka;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ComPO.Node.Web;

/// <summary>
/// The web server of a node, in the host of its actor system: Kestrel, bounded in what strangers can make it hold, and answering only those who
/// call it by a name of its own, so that no web page elsewhere can reach it through a browser of the operator's.
/// </summary>
internal static class WebServer
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    /// <summary>A host with a web server, before anything is added to it.</summary>
    /// <param name="settings">Whom to answer.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="pages">What it shows.</param>
    public static WebApplicationBuilder CreateBuilder(HttpSettings settings, HttpPort port, IReadOnlyList<WebPages> pages)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "ComPO.Node", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = _ => port.Socket);
        builder.Services.Configure<KestrelServerOptions>(kestrel => Bound(kestrel, port.EndPoint));
        builder.Services.AddRouting();
        builder.Services.AddHostFiltering(filter =>
        {
            filter.AllowedHosts = [.. settings.AllowedHosts.Count > 0 ? settings.AllowedHosts : NamesOf(port.EndPoint.Address, settings.Hostname)];
            filter.IncludeFailureMessage = false;
        });
        foreach (var page in pages)
            page.AddServices(builder.Services);
        return builder;
    }

    /// <summary>Maps all that the node shows.</summary>
    public static WebApplication BuildWithPages(this WebApplicationBuilder builder, IReadOnlyList<WebPages> pages)
    {
        var application = builder.Build();
        application.UseHostFiltering();
        foreach (var page in pages)
            page.Map(application);
        return application;
    }

    /// <summary>Stops with the actor system, before its actors.</summary>
    /// <param name="host">The host of both.</param>
    /// <param name="system">The actor system.</param>
    public static void StopWith(IHost host, ActorSystem system) =>
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "web-server", async () =>
        {
            await StopAsync(host);
            return Done.Instance;
        });

    /// <summary>Stops a host's web server, if it has one: pages that were asked for are finished, what stays open is soon closed.</summary>
    public static async Task StopAsync(IHost host)
    {
        if (host.Services.GetService<IServer>() is not { } server)
            return;
        // Tells what stays open, such as a page that is kept up to date, to end.
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        using var patience = new CancellationTokenSource(Farewell);
        await server.StopAsync(patience.Token);
    }

    private static void Bound(KestrelServerOptions kestrel, IPEndPoint place)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 256;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 64;
        kestrel.Limits.MaxRequestBodySize = 1 << 20;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Listen(place, listen => listen.Protocols = HttpProtocols.Http1);
    }

    /// <summary>What this machine is called by those who can reach an address of it.</summary>
    private static string[] NamesOf(IPAddress address, string hostname)
    {
        string[] here = ["localhost", "127.0.0.1", "[::1]"];
        if (IPAddress.IsLoopback(address))
            return here;
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => Spell(unicast.Address));
        // "All addresses" is no name: taken for one, it would let every other in.
        string[] named = IPAddress.TryParse(hostname, out var literal) && (literal.Equals(IPAddress.Any) || literal.Equals(IPAddress.IPv6Any)) ? [] : [hostname];
        return [.. here, .. named, Dns.GetHostName(), .. addresses];
    }

    // As a URL has it: without the zone that a link-local address carries.
    private static string Spell(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{new IPAddress(address.GetAddressBytes())}]" : address.ToString();
}
