using Akka.Actor;
using ComPO.Core.Digests;
using ComPO.Protocol;

namespace ComPO.Cluster.Trainers;

/// <summary>The trainers that the supervisor knows, and what each is to the run. Knows no run.</summary>
internal sealed class TrainerRoster
{
    private readonly SortedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private string? _leader;
    private ReceivedBlobs _receivedByGone = new();

    /// <summary>All of them, in the order of their addresses.</summary>
    public IReadOnlyCollection<Member> All => _members.Values;

    /// <summary>Whether there are as many as a cluster has nodes at most: whoever makes up new ones would else fill the memory.</summary>
    public bool IsFull => _members.Count >= Limits.Nodes;

    /// <summary>Those that were not found to answer wrongly, in the order of their addresses.</summary>
    public IEnumerable<Member> Usable => _members.Values.Where(member => member.Trainer.Node.State != TrainerState.Quarantined);

    /// <summary>Those that hold a head, in the order of their addresses.</summary>
    public IEnumerable<Member> Ready => _members.Values.Where(member => member.Trainer.Node.State == TrainerState.Ready);

    /// <summary>Whether another trainer can do what one does: it takes part, and has a body if that one has.</summary>
    public bool HasOthersLike(Member member) => Usable.Any(other => other != member
        && other.Trainer.Node.State != TrainerState.Refused && (member.Trainer.Node.HasBody != true || other.Trainer.Node.HasBody != false));

    /// <summary>
    /// Addresses of those that may hold features, updates and heads: the run folder's node, those that hold a head, then those that catch up. No more than
    /// messages take.
    /// </summary>
    /// <param name="folder">The address of the run folder's node.</param>
    public string[] Holders(string folder) =>
    [
        .. Ready.Concat(_members.Values.Where(member => member.Trainer.Node.State == TrainerState.CatchingUp)).Select(member => member.Address)
            .Where(address => address != folder).Take(Limits.Nodes - 1).Append(folder),
    ];

    /// <summary>What all trainers have fetched since the run began, also those that are gone.</summary>
    public ReceivedBlobs Received => _members.Values.Aggregate(_receivedByGone, (sum, member) => sum + member.Received);

    /// <summary>What consoles see.</summary>
    public NodeStatus[] Describe(TimeSpan now) => [.. _members.Values.Select(member => member.Describe(now))];

    /// <summary>Takes down what devices have done.</summary>
    public void HaveWorked(IReadOnlyList<DeviceWork> work, TimeSpan now)
    {
        foreach (var done in work)
        {
            if (DeviceName.TryParse(done.Device, out var device))
                Find(device.Address)?.Activity(device.Name).Add(done.Blocks, done.Busy, now);
        }
    }

    /// <summary>The trainer of an agent, if it is known.</summary>
    public Member? Find(IActorRef agent) => _members.Values.FirstOrDefault(member => member.Trainer.Agent.Equals(agent));

    /// <summary>The trainer of an address, if it is known.</summary>
    public Member? Find(string address) => _members.GetValueOrDefault(address);

    /// <summary>A trainer has said that it is there.</summary>
    /// <returns>Null when it was known already.</returns>
    public Member? Register(IActorRef agent, NodeStatus node, TimeSpan now)
    {
        if (_members.TryGetValue(node.Address, out var known) && known.Trainer.Agent.Equals(agent))
        {
            known.Heard(node, now);
            return null;
        }
        return _members[node.Address] = new Member(new Trainer(agent, node)) { Seen = now };
    }

    /// <summary>Forgets a trainer, but not what it has fetched.</summary>
    public void Remove(Member member)
    {
        if (_members.Remove(member.Address))
            _receivedByGone += member.Received;
    }

    /// <summary>Counts from now on what is fetched and how often trainers fail.</summary>
    public void BeginRun()
    {
        _receivedByGone = new ReceivedBlobs();
        foreach (var member in _members.Values)
            member.BeginRun();
    }

    /// <summary>The run has got on: what failed before is forgiven.</summary>
    public void ForgetStumbles()
    {
        foreach (var member in _members.Values)
            member.Stumbles = 0;
    }

    /// <summary>Those that have said nothing for too long.</summary>
    public IReadOnlyList<Member> Silent(TimeSpan now, TimeSpan longest) => [.. _members.Values.Where(member => now - member.Seen > longest)];

    /// <summary>
    /// The trainer that selects, evaluates and exports: ready, with a body, and the same as before while it can be, because it knows the data by now.
    /// </summary>
    public Trainer? Leader()
    {
        var able = Ready.Where(member => member.Trainer.Node.HasBody == true).ToList();
        var leader = able.Find(member => member.Address == _leader) ?? able.FirstOrDefault();
        _leader = leader?.Address;
        return leader?.Trainer;
    }

    /// <summary>A trainer, when it was heard, and who guides it.</summary>
    internal sealed class Member(Trainer trainer)
    {
        private readonly Dictionary<string, DeviceActivity> _activities = new(StringComparer.Ordinal);
        private (long Sent, long Received) _traffic = (trainer.Node.BytesSent, trainer.Node.BytesReceived);
        private ReceivedBlobs _receivedBefore = trainer.Node.Received ?? new ReceivedBlobs();
        private ReceivedBlobs _received = trainer.Node.Received ?? new ReceivedBlobs();

        public Trainer Trainer { get; private set; } = trainer;

        public string Address => Trainer.Address;

        /// <summary>When it last said that it is there.</summary>
        public TimeSpan Seen { get; set; }

        /// <summary>Who brings it to where the run stands; nobody while there is no run, or none for it.</summary>
        public IActorRef Guide { get; set; } = ActorRefs.Nobody;

        /// <summary>What it has fetched since the run began.</summary>
        public ReceivedBlobs Received => _received - _receivedBefore;

        /// <summary>How often its numbers were not those of the others.</summary>
        public int Disagreements { get; set; }

        /// <summary>How often it has failed since the last iteration was committed.</summary>
        public int Stumbles { get; set; }

        /// <summary>It has said again that it is there.</summary>
        public void Heard(NodeStatus node, TimeSpan now)
        {
            (Seen, _traffic) = (now, (node.BytesSent, node.BytesReceived));
            _received = node.Received ?? _received;
        }

        /// <summary>Counts from now on what it fetches and how often it fails.</summary>
        public void BeginRun() => (_receivedBefore, Stumbles) = (_received, 0);

        /// <summary>What one of its devices has done lately.</summary>
        public DeviceActivity Activity(string device)
        {
            if (!_activities.TryGetValue(device, out var activity))
                _activities[device] = activity = new DeviceActivity();
            return activity;
        }

        /// <summary>What consoles see of it.</summary>
        public NodeStatus Describe(TimeSpan now) => Trainer.Node with
        {
            SilentSeconds = (now - Seen).TotalSeconds,
            BytesSent = _traffic.Sent,
            BytesReceived = _traffic.Received,
            Received = Received,
            Devices = [.. Trainer.Node.Devices.Select(device => _activities.TryGetValue(device.Name, out var activity)
                ? device with { BlocksPerSecond = activity.BlocksPerSecond(now), Load = activity.Load(now) }
                : device)],
        };

        /// <summary>Notes what it is to the run now.</summary>
        public void Become(TrainerState state, string? note = null, Digest? head = null) =>
            Trainer = Trainer with { Node = Trainer.Node with { State = state, Note = note, HeadDigest = head ?? Trainer.Node.HeadDigest } };

        /// <summary>Notes what it said of its model.</summary>
        public void Has(ModelLoaded model) => Trainer = Trainer with
        {
            Node = Trainer.Node with { HasBody = model.HasBody, ModelMemoryBytes = model.MemoryBytes, HeadDigest = model.HeadDigest },
        };
    }
}
