using ComPO.Cluster.Configuration;
using ComPO.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ComPO.Node.Web;

/// <summary>Something that a node shows over HTTP.</summary>
/// <param name="AddServices">Registers what its pages need; the actor system and the node's options are there.</param>
/// <param name="Map">Maps its pages.</param>
internal sealed record WebPages(Action<IServiceCollection> AddServices, Action<WebApplication> Map)
{
    /// <summary>All that a node shows.</summary>
    /// <param name="options">What the node is.</param>
    /// <param name="dashboard">How it shows the cluster; null when it does not.</param>
    public static IReadOnlyList<WebPages> Of(NodeOptions options, DashboardSettings? dashboard) =>
        [HealthPages.Of(options), MetricsPage.Page, .. dashboard is null ? [] : new[] { DashboardPages(dashboard) }];

    private static WebPages DashboardPages(DashboardSettings settings) => new(
        services => services.AddComPODashboard(settings),
        application => application.MapComPODashboard());
}
