using Akka.Actor;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ComPO.Cluster.Health;

/// <summary>Healthy while the actor system runs.</summary>
/// <param name="system">The node's.</param>
internal sealed class ActorSystemCheck(ActorSystem system) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        system.WhenTerminated.IsCompleted
            ? HealthCheckResult.Unhealthy("The actor system has ended.")
            : HealthCheckResult.Healthy($"The actor system has run for {system.Uptime.TotalSeconds:0} s."));
}
