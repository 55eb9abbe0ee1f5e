using Akka.Actor;

namespace ComPO.Node.Hosting;

/// <summary>
/// Finds out whether any seed of a node is there. A cluster lets nobody in while one of its members is silent, which may take longer than the node
/// tries to join: then it is worth trying again, but not where nobody answers at all.
/// </summary>
/// <param name="system">The node's actor system.</param>
internal sealed class SeedContact(ActorSystem system)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A seed that is busy, or has only now begun to listen, is there too.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ActorSelection[] _seeds =
        [.. Akka.Cluster.Cluster.Get(system).Settings.SeedNodes.Select(seed => system.ActorSelection(new RootActorPath(seed) / "system" / "cluster"))];

    private volatile bool _wasAnswered;

    /// <summary>Whether a seed has answered so far.</summary>
    public bool WasAnswered => _wasAnswered;

    /// <summary>Asks all seeds, again and again, until one answers.</summary>
    /// <param name="cancellation">Ends the asking.</param>
    public async Task AskAsync(CancellationToken cancellation)
    {
        while (!_wasAnswered && !cancellation.IsCancellationRequested)
        {
            await Task.WhenAll(_seeds.Select(seed => AskAsync(seed, cancellation)));
            await Task.Delay(Interval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAsync(ActorSelection seed, CancellationToken cancellation)
    {
        try
        {
            await seed.ResolveOne(Patience, cancellation);
            _wasAnswered = true;
        }
        catch (Exception exception) when (exception is ActorNotFoundException or OperationCanceledException)
        {
            // Not yet, or not any more.
        }
    }
}
