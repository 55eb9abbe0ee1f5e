using MemoryPack;

namespace ComPO.Protocol;

/// <summary>Asks a seed node who is in its cluster. Answered by that node with <see cref="ClusterMembers"/>.</summary>
[MemoryPackable]
public sealed partial record GetMembers : IComPOMessage;

/// <summary>The cluster as one of its nodes sees it.</summary>
/// <param name="Self">The address of the node that answers.</param>
/// <param name="Leader">The member that lets others in and out; null when there is none at the moment.</param>
/// <param name="Members">The members, in the order of their addresses.</param>
[MemoryPackable]
public sealed partial record ClusterMembers(
    [property: AtMost(Limits.Path)] string Self,
    [property: AtMost(Limits.Path)] string? Leader,
    [property: AtMost(Limits.Nodes)] MemberInfo[] Members) : IComPOMessage;

/// <summary>Where a member is on its way into the cluster and out of it.</summary>
public enum MemberState
{
    /// <summary>It is being let in.</summary>
    Joining,

    /// <summary>It is in for the time being; it is up once all members can be reached.</summary>
    WeaklyUp,

    /// <summary>It is in.</summary>
    Up,

    /// <summary>It has asked to leave.</summary>
    Leaving,

    /// <summary>It is on its way out.</summary>
    Exiting,

    /// <summary>It was put out.</summary>
    Down,

    /// <summary>It is gone.</summary>
    Removed,
}

/// <summary>A member of the cluster.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Roles">Its roles, in the order of the alphabet.</param>
/// <param name="State">Where it is on its way.</param>
/// <param name="IsReachable">Whether the node that answers gets signs of life of it.</param>
/// <param name="Version">The version of its program.</param>
[MemoryPackable]
public sealed partial record MemberInfo(
    [property: AtMost(Limits.Path)] string Address,
    [property: AtMost(Limits.Roles, EachCount = Limits.Name)] string[] Roles,
    MemberState State,
    bool IsReachable,
    [property: AtMost(Limits.Name)] string Version);

/// <summary>What is to become of a member.</summary>
public enum MembershipChange
{
    /// <summary>The node that is asked joins the cluster of the address.</summary>
    Join,

    /// <summary>The member leaves in good order.</summary>
    Leave,

    /// <summary>The member is put out, without its doing.</summary>
    Down,

    /// <summary>All members are put out that the node that is asked gets no signs of life of.</summary>
    DownUnreachable,
}

/// <summary>Changes who is in the cluster. Answered by <see cref="MembershipChanging"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="Change">What is to become of whom.</param>
/// <param name="Address">The member; null for the node that is asked, or for <see cref="MembershipChange.DownUnreachable"/>.</param>
[MemoryPackable]
public sealed partial record ChangeMembership(MembershipChange Change, [property: AtMost(Limits.Path)] string? Address) : IComPOMessage;

/// <summary>The change is under way; the members show it when it is done.</summary>
/// <param name="Change">What becomes of whom.</param>
/// <param name="Addresses">The members; none when there was none to change.</param>
[MemoryPackable]
public sealed partial record MembershipChanging(
    MembershipChange Change,
    [property: AtMost(Limits.Nodes, EachCount = Limits.Path)] string[] Addresses) : IComPOMessage;

/// <summary>Asks a seed node for the actors that live on it. Answered by that node with <see cref="ActorHierarchy"/>.</summary>
/// <param name="Depth">How many levels below /user to tell of.</param>
[MemoryPackable]
public sealed partial record GetActors(int Depth) : IComPOMessage;

/// <summary>The actors of a node.</summary>
/// <param name="Paths">Their paths from /user on, each before those below it.</param>
/// <param name="IsWhole">Whether these are all, and not only as many as an answer takes.</param>
[MemoryPackable]
public sealed partial record ActorHierarchy(
    [property: AtMost(Limits.Actors, EachCount = Limits.ActorPath)] string[] Paths,
    bool IsWhole) : IComPOMessage;

/// <summary>What can be followed.</summary>
public enum TailSource
{
    /// <summary>The log of the node that is asked.</summary>
    Log,

    /// <summary>What becomes of the members, as the node that is asked sees it.</summary>
    Cluster,
}

/// <summary>Asks a seed node for the lines after one. Answered by that node with <see cref="TailLines"/>.</summary>
/// <param name="Source">What is followed.</param>
/// <param name="After">The number of the last line that the asker has; negative for none.</param>
[MemoryPackable]
public sealed partial record GetTail(TailSource Source, long After) : IComPOMessage;

/// <summary>The next lines that a node remembers. It remembers so many only; a number that is left out was a line that is forgotten.</summary>
/// <param name="First">The number of the first of the lines.</param>
/// <param name="Lines">The lines, at most <see cref="Limits.TailLines"/>.</param>
/// <param name="HasMore">Whether there are more to ask for at once.</param>
[MemoryPackable]
public sealed partial record TailLines(
    long First,
    [property: AtMost(Limits.TailLines)] string[] Lines,
    bool HasMore) : IComPOMessage;
