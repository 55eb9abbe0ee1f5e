using Akka.Configuration;
using ComPO.Cluster.Configuration;
using ComPO.Core.Engines;
using ComPO.Core.Errors;

namespace ComPO.Node.Hosting;

/// <summary>
/// A node that stands until it is told to end: when it loses its cluster, because its seeds are gone or took it for dead while it was silent, it
/// joins again, however long that takes.
/// </summary>
/// <param name="options">What the node is.</param>
/// <param name="models">What loads models; null on a node that is no trainer.</param>
/// <param name="configuration">HOCON that takes precedence over the defaults.</param>
/// <param name="hosting">What its process does beside.</param>
internal sealed class StandingNode(NodeOptions options, IModelLoader? models, Config configuration, HostSettings hosting)
{
    private readonly TimeSpan _interval = configuration.WithFallback(ComPODefaults.Hocon).GetTimeSpan("compo.node.rejoin-interval");
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private bool _hasBeenMember;

    private bool IsOneOfSeveralSeeds => options.IsSeed && options.SeedNodes.Count > 1;

    /// <summary>Stands; says on <paramref name="output"/> when the node is up and when it has lost its cluster, and on <paramref name="error"/> why it waits, once for each cause.</summary>
    /// <exception cref="ComPOException">It cannot start, or finds no cluster at first.</exception>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        while (true)
        {
            await using var node = await JoinAsync(error, cancellation);
            _hasBeenMember = true;
            _said.Clear();
            await output.WriteLineAsync($"ComPO node {node.Address} [{string.Join(", ", options.Roles)}]{(node.WebAddress is { } page ? $" with {page}" : "")} is up");
            await node.EndedAsync().WaitAsync(cancellation);
            await output.WriteLineAsync($"ComPO node {node.Address} has lost its cluster and joins again");
        }
    }

    // It tries as often as it takes, and fails for the same cause each time.
    private async Task SayOnceAsync(TextWriter error, ComPOException cause)
    {
        if (_said.Add(cause.Message))
            await error.WriteLineAsync(cause.Message);
    }

    private async Task<ComPONode> JoinAsync(TextWriter error, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await ComPONode.StartAsync(options with { SeedNodes = SeedOrder.Of(options, attempt) }, models, configuration, hosting, cancellation);
            }
            catch (NotJoinedException exception) when (_hasBeenMember || exception.WasAnswered || IsOneOfSeveralSeeds)
            {
                await SayOnceAsync(error, exception);
            }
            // The port may be held for a moment by the connections of before.
            catch (ClusterUnreachableException exception) when (_hasBeenMember)
            {
                await SayOnceAsync(error, exception);
            }
            await Task.Delay(_interval, cancellation);
        }
    }
}
