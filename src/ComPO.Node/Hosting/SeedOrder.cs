using Akka.Actor;
using ComPO.Cluster.Configuration;

namespace ComPO.Node.Hosting;

/// <summary>
/// Which of several seeds may form a cluster. Only the first in a node's list does, and if that one never comes back nobody would; so a seed that
/// finds no cluster tries with each of them first in turn, itself among them. Two that form one at a time are no danger, because a cluster admits
/// nobody before most of the seeds are in it.
/// </summary>
internal static class SeedOrder
{
    /// <summary>The seeds in the order in which an attempt looks for them.</summary>
    /// <param name="options">The node's, with the seeds in the order that all nodes were given.</param>
    /// <param name="attempt">How many have failed before.</param>
    public static IReadOnlyList<Address> Of(NodeOptions options, int attempt)
    {
        var seeds = options.SeedNodes;
        if (!options.IsSeed || seeds.Count < 2)
            return seeds;
        var first = seeds[attempt % seeds.Count];
        return [first, .. seeds.Where(seed => seed != first)];
    }
}
