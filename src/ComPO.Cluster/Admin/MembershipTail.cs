using System.Globalization;
using Akka.Actor;
using ComPO.Protocol;
using Events = Akka.Cluster.ClusterEvent;

namespace ComPO.Cluster.Admin;

/// <summary>Remembers what has lately become of the cluster's members, as this node saw it.</summary>
internal sealed class MembershipTail : ReceiveActor
{
    private readonly LineRing _lines = new();
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public MembershipTail()
    {
        Receive<Events.IMemberEvent>(changed => Add($"{changed.Member.Address} is {changed.Member.Status.ToString().ToLowerInvariant()}"));
        Receive<Events.UnreachableMember>(lost => Add($"{lost.Member.Address} is unreachable"));
        Receive<Events.ReachableMember>(found => Add($"{found.Member.Address} is reachable again"));
        Receive<Events.LeaderChanged>(changed => Add(changed.Leader is { } leader ? $"{leader} leads" : "nobody leads"));
        Receive<GetTail>(request => Sender.Tell(_lines.After(request.After)));
    }

    public static Props PropsFor() => Props.Create(() => new MembershipTail());

    protected override void PreStart() => _cluster.Subscribe(
        Self, Events.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(Events.IMemberEvent), typeof(Events.IReachabilityEvent), typeof(Events.LeaderChanged));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Add(string what) => _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {what}"));
}
