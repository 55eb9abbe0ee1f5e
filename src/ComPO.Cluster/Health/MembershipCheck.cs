using Akka.Actor;
using Akka.Cluster;
using ComPO.Cluster.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ComPO.Cluster.Health;

/// <summary>Healthy while the node is a member of the cluster, and reaches most of its seeds: on the other side of a partition it is of no use.</summary>
/// <param name="system">The node's.</param>
internal sealed class MembershipCheck(ActorSystem system) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        if (cluster.IsTerminated)
            return Task.FromResult(HealthCheckResult.Unhealthy("The node has left its cluster."));
        var status = cluster.SelfMember.Status;
        if (status != MemberStatus.Up)
            return Task.FromResult(HealthCheckResult.Unhealthy($"The node is {status} in the cluster; expected Up."));
        var state = cluster.State;
        var seeds = state.Members.Where(member => member.HasRole(NodeOptions.SeedRole)).ToList();
        var reachable = seeds.Count(seed => !state.Unreachable.Contains(seed));
        var found = $"{reachable} of {seeds.Count} seeds are reachable.";
        return Task.FromResult(2 * reachable > seeds.Count ? HealthCheckResult.Healthy(found) : HealthCheckResult.Unhealthy(found));
    }
}
