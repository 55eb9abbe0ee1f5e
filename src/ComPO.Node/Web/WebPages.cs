using ComPO.Cluster;
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
    public static IReadOnlyList<WebPages> Of(NodeOptions options) => [HealthPages.Of(options), MetricsPage.Page];
}
