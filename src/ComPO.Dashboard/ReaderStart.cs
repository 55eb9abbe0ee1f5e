using Akka.Actor;
using ComPO.Dashboard.Feed;
using ComPO.Protocol;
using Microsoft.Extensions.Hosting;

namespace ComPO.Dashboard;

/// <summary>Starts the reader once the actor system is there.</summary>
internal sealed class ReaderStart(ActorSystem system, LiveView live, DashboardSettings settings) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        system.ActorOf(ClusterReader.PropsFor(system.ActorSelection(AdminAddress.EndpointPath), live, settings.RefreshInterval, TimeProvider.System), ClusterReader.Name);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
