using Akka.Actor;
using ComPO.Cluster.Trainers;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>The trainers of one iteration: which have been asked what, which hold the prepared pair, what failed on which.</summary>
internal sealed class IterationTrainers(AggregationPlan plan)
{
    private readonly SortedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private long _lastRequest;

    /// <summary>How many there are.</summary>
    public int Count => _members.Count;

    /// <summary>Whether a device is one of those that these have said to have: names that anybody makes up are nobody's.</summary>
    public bool Owns(string device) => Find(device) is not null;

    /// <summary>Has a trainer prepare the pair.</summary>
    public void Add(Trainer trainer, IReadOnlyList<string> holders, IActorRef self)
    {
        var member = new Member(trainer);
        _members[trainer.Address] = member;
        Ask(member, request => new PreparePair(request, plan.Iteration, plan.Row, plan.FeatureDigest, [.. holders]), self);
    }

    /// <summary>Has a trainer's devices pull blocks.</summary>
    public void StartProbing(Member member, IActorRef self) => Ask(member, request => new StartProbing(request, plan.Iteration), self);

    /// <summary>Takes a reply down.</summary>
    /// <returns>Whose it is; null when nobody waits for it.</returns>
    public Member? Take(INodeReply reply)
    {
        var member = _members.Values.FirstOrDefault(member => member.Pending?.Request == reply.Request);
        if (member is null)
            return null;
        member.Pending = null;
        member.IsPrepared |= reply is PairPrepared;
        return member;
    }

    /// <summary>Asks again what was not answered.</summary>
    public void Resend(IActorRef self)
    {
        foreach (var member in _members.Values)
        {
            if (member.Pending is { } pending)
                member.Trainer.Agent.Tell(pending, self);
        }
    }

    /// <summary>Takes down that a block failed on a device.</summary>
    /// <returns>The device's trainer.</returns>
    public Member? CountFailure(string device, int block)
    {
        var member = Find(device);
        member?.FailedBlocks.Add(block);
        return member;
    }

    /// <summary>Forgets a trainer; false when it is not among these.</summary>
    public bool Remove(string address, out bool wasPrepared)
    {
        var isKnown = _members.Remove(address, out var member);
        wasPrepared = member?.IsPrepared == true;
        return isKnown;
    }

    /// <summary>Those that hold the prepared pair, in the order of their addresses.</summary>
    public IReadOnlyList<Trainer> Prepared() => [.. _members.Values.Where(member => member.IsPrepared).Select(member => member.Trainer)];

    private Member? Find(string device) => DeviceName.TryParse(device, out var name) && _members.TryGetValue(name.Address, out var member)
        && member.Trainer.Node.Devices.Any(own => own.Name == name.Name) ? member : null;

    private void Ask(Member member, Func<long, INodeRequest> request, IActorRef self)
    {
        member.Pending = request(++_lastRequest);
        member.Trainer.Agent.Tell(member.Pending, self);
    }

    /// <summary>One of the trainers.</summary>
    internal sealed class Member(Trainer trainer)
    {
        public Trainer Trainer { get; } = trainer;

        public string Address => Trainer.Address;

        /// <summary>What it has not answered yet.</summary>
        public INodeRequest? Pending { get; set; }

        /// <summary>Whether it holds the prepared pair.</summary>
        public bool IsPrepared { get; set; }

        /// <summary>Different blocks that failed on it.</summary>
        public HashSet<int> FailedBlocks { get; } = [];

        public int Failures => FailedBlocks.Count;
    }
}
