using Akka.Actor;
using ComPO.Cluster.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ComPO.Cluster.Health;

/// <summary>Healthy while the supervisor knows this trainer: then it gets work.</summary>
/// <param name="system">The node's.</param>
internal sealed class RegistrationCheck(ActorSystem system) : IHealthCheck
{
    private readonly TimeSpan _longest = system.Settings.Config.GetTimeSpan("compo.supervisor.trainer-silence");
    private readonly ActorSelection _agent = system.ActorSelection($"/user/{NodeAgent.Name}");

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var registration = await _agent.Ask<NodeAgent.Registration>(NodeAgent.GetRegistration.Instance, Timeout.InfiniteTimeSpan, cancellationToken);
            return registration.Age is { } age && age < _longest
                ? HealthCheckResult.Healthy("The supervisor knows this trainer.")
                : HealthCheckResult.Unhealthy(registration.Age is { } silence
                    ? $"The supervisor has not answered for {silence.TotalSeconds:0} s."
                    : "The supervisor has not answered yet.");
        }
        catch (OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The node's agent does not answer.");
        }
    }
}
