using System.Data.Common;
using Akka.Actor;
using ComPO.Cluster.Persistence;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ComPO.Cluster.Health;

/// <summary>Healthy while the journal's database answers: without it the supervisor decides nothing.</summary>
/// <param name="system">The node's.</param>
internal sealed class JournalCheck(ActorSystem system) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (JournalDatabase.Of(system.Settings.Config) is not { } database)
            return HealthCheckResult.Healthy("The journal is in memory.");
        try
        {
            // A database that hangs may also hang those who have lost patience with it.
            await Task.Run(() => AskAsync(database, cancellationToken), cancellationToken).WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy($"The journal's database answers ({database.Kind}).");
        }
        catch (DbException exception)
        {
            return HealthCheckResult.Unhealthy($"The journal's database does not answer ({exception.Message.ReplaceLineEndings(" ")}).");
        }
        catch (OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The journal's database does not answer in time.");
        }
    }

    private static async Task AskAsync(JournalDatabase database, CancellationToken cancellation)
    {
        await using var connection = database.Connect();
        await connection.OpenAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = database.Question;
        await command.ExecuteScalarAsync(cancellation);
    }
}
