using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Admin.Connections;

/// <summary>
/// A cluster that is asked again and again over a while: the supervisor may be moving to another node, the contacted node may be starting anew. What it
/// says no to is final.
/// </summary>
/// <param name="cluster">The connection.</param>
/// <param name="patience">How long to go on asking.</param>
/// <param name="atAnySeed">Whether any seed of the cluster will do when the contacted node is gone; else it is that node that is asked about.</param>
internal sealed class PatientCluster(ClusterConnection cluster, Patience patience, bool atAnySeed)
{
    /// <summary>Sends a request and gives its reply, however often it takes within <see cref="Patience.Silence"/>.</summary>
    /// <exception cref="ClusterRefusalException">The cluster declined.</exception>
    /// <exception cref="ClusterUnreachableException">It was silent for too long.</exception>
    public async Task<T> AskAsync<T>(IComPOMessage request, CancellationToken cancellation)
        where T : class, IComPOMessage
    {
        var deadline = DateTime.UtcNow + patience.Silence;
        for (var isLost = false; ;)
        {
            try
            {
                // A node that was started again is another process at the same address.
                if (isLost)
                    await (atAnySeed ? cluster.RenewAtAnySeedAsync(cancellation) : cluster.RenewAsync(cancellation));
                return await cluster.AskAsync<T>(request, cancellation);
            }
            catch (ComPOException silence) when (IsSilence(silence) && DateTime.UtcNow < deadline)
            {
                isLost = silence is ClusterUnreachableException;
                await Task.Delay(patience.BetweenLooks, cancellation);
            }
        }
    }

    /// <summary>Waits until it is time to look again.</summary>
    public Task PauseAsync(CancellationToken cancellation) => Task.Delay(patience.BetweenLooks, cancellation);

    private static bool IsSilence(ComPOException exception) =>
        exception is ClusterUnreachableException or ClusterRefusalException { Reason: RefusalReason.NotReady };
}
