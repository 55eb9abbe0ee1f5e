using Akka.Actor;
using ComPO.Cluster.Runs;
using ComPO.Core.Oracle;

namespace ComPO.Cluster.Aggregation;

/// <summary>Outcomes on their way into the journal, in batches, with the devices that wait to hear of them.</summary>
internal sealed class OutcomeBatches
{
    private readonly List<ReportedBlock> _open = [];
    private readonly SortedDictionary<long, List<(int Block, IActorRef Device)>> _waiting = [];
    private long _number;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Whether the open batch has one block: its time begins.</summary>
    public bool IsFirst => _open.Count == 1;

    /// <summary>Adds a block to the open batch.</summary>
    public void Add(Block block, OutcomeBits outcomes, IActorRef device)
    {
        _open.Add(new ReportedBlock(block.First, block.Count, outcomes.ToBytes()));
        if (!_waiting.TryGetValue(_number, out var waiting))
            _waiting[_number] = waiting = [];
        waiting.Add((block.Number, device));
    }

    /// <summary>Has another device wait for a block; false when the block waits no more.</summary>
    public bool Join(int block, IActorRef device)
    {
        foreach (var waiting in _waiting.Values)
        {
            if (!waiting.Exists(entry => entry.Block == block))
                continue;
            if (!waiting.Contains((block, device)))
                waiting.Add((block, device));
            return true;
        }
        return false;
    }

    /// <summary>Closes the open batch; null when it is empty.</summary>
    public (long Number, ReportedBlock[] Blocks)? Close()
    {
        if (_open.Count == 0)
            return null;
        var blocks = _open.ToArray();
        _open.Clear();
        return (_number++, blocks);
    }

    /// <summary>A batch is in the journal.</summary>
    /// <returns>Who waits to hear of which block.</returns>
    public IReadOnlyList<(int Block, IActorRef Device)> Keep(long number) => _waiting.Remove(number, out var waiting) ? waiting : [];
}
