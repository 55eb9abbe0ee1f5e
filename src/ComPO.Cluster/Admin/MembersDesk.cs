using Akka.Actor;
using Akka.Cluster;
using ComPO.Core.Errors;
using ComPO.Protocol;

namespace ComPO.Cluster.Admin;

/// <summary>Tells who is in the cluster, and lets consoles change that.</summary>
internal sealed class MembersDesk : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public MembersDesk()
    {
        Receive<GetMembers>(_ => Sender.Tell(Members()));
        Receive<ChangeMembership>(request => Sender.Tell(Change(request)));
    }

    public static Props PropsFor() => Props.Create(() => new MembersDesk());

    private ClusterMembers Members()
    {
        var state = _cluster.State;
        return new ClusterMembers(
            _cluster.SelfAddress.ToString(),
            state.Leader?.ToString(),
            [.. state.Members.Take(Limits.Nodes).Select(member => new MemberInfo(
                member.Address.ToString(),
                [.. member.Roles.Order(StringComparer.Ordinal)],
                StateOf(member.Status),
                !state.Unreachable.Contains(member),
                member.AppVersion.Version))]);
    }

    private IComPOMessage Change(ChangeMembership request)
    {
        var address = _cluster.SelfAddress;
        if (request.Address is { } text && !Address.TryParse(text, out address))
            return Refuse($"'{text}' is not the address of a node; expected one such as {AdminAddress.DefaultContact}.");
        switch (request.Change)
        {
            case MembershipChange.Join:
                // A member of another cluster would have to leave it first, and to be started anew.
                if (_cluster.State.Members.Count > 0)
                    return Refuse($"The node {_cluster.SelfAddress} is in a cluster already; start it again with the seed nodes of the other.");
                _cluster.Join(address);
                return new MembershipChanging(request.Change, [address.ToString()]);
            case MembershipChange.DownUnreachable:
                var lost = _cluster.State.Unreachable.Select(member => member.Address).ToArray();
                foreach (var each in lost)
                    _cluster.Down(each);
                return new MembershipChanging(request.Change, [.. lost.Select(each => each.ToString())]);
            default:
                if (_cluster.State.Members.All(member => member.Address != address))
                    return Refuse($"{address} is not in the cluster; 'cluster show' lists who is.");
                if (request.Change == MembershipChange.Leave)
                    _cluster.Leave(address);
                else
                    _cluster.Down(address);
                return new MembershipChanging(request.Change, [address.ToString()]);
        }
    }

    private static RequestRefused Refuse(string sentence) => new(RefusalReason.NoSuchMember, Limits.Fit(sentence), (int)ExitCode.Refused);

    private static MemberState StateOf(MemberStatus status) => status switch
    {
        MemberStatus.Joining => MemberState.Joining,
        MemberStatus.WeaklyUp => MemberState.WeaklyUp,
        MemberStatus.Up => MemberState.Up,
        MemberStatus.Leaving => MemberState.Leaving,
        MemberStatus.Exiting => MemberState.Exiting,
        MemberStatus.Down => MemberState.Down,
        _ => MemberState.Removed,
    };
}
