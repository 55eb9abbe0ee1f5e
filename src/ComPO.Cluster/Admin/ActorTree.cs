using Akka.Actor;
using ComPO.Protocol;

namespace ComPO.Cluster.Admin;

/// <summary>The actors of a node, as their parents have them at this moment.</summary>
internal static class ActorTree
{
    /// <summary>The actors from /user on, so many levels below it.</summary>
    public static ActorHierarchy Of(ExtendedActorSystem system, int depth)
    {
        var paths = new List<string>();
        Add(paths, system.Guardian, depth);
        return new ActorHierarchy([.. paths.Take(Limits.Actors)], paths.Count <= Limits.Actors);
    }

    // One more than an answer takes shows that there are more.
    private static void Add(List<string> paths, IActorRef actor, int depth)
    {
        if (paths.Count > Limits.Actors)
            return;
        var path = actor.Path.ToStringWithoutAddress();
        paths.Add(path.Length <= Limits.ActorPath ? path : path[..(Limits.ActorPath - 1)] + "…");
        if (depth <= 0 || actor is not ActorRefWithCell parent)
            return;
        foreach (var child in parent.Children.OrderBy(child => child.Path.Name, StringComparer.Ordinal))
            Add(paths, child, depth - 1);
    }
}
