using ComPO.Core.Oracle;
using ComPO.Protocol;

namespace ComPO.Cluster.Aggregation;

/// <summary>Consecutive perturbations that are probed together.</summary>
internal readonly record struct Block(int Number, int First, int Count);

/// <summary>
/// The blocks of one iteration: which are to do, which are out and where, which are in, which failed. Outcomes land at their
/// perturbation's place, so that neither block size nor order nor a block done twice shows in the result. No actor, no clock: pure
/// bookkeeping; the time is given with each call.
/// </summary>
internal sealed class BlockQueue
{
    // Twice the usual time is late enough for an idle device to do a block over.
    private const double HedgeFactor = 2;

    private static readonly Comparer<Block> InOrder = Comparer<Block>.Create((one, other) => one.First.CompareTo(other.First));

    private readonly Block[] _blocks;
    private readonly TimeSpan _deadline;
    private readonly LinkedList<int> _toDo;
    private readonly SortedDictionary<int, List<HandOut>> _out = [];
    private readonly Dictionary<int, HashSet<string>> _failedOn = [];
    private readonly Dictionary<int, int> _failures = [];
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly bool[] _done;
    // Of a perturbation.
    private TimeSpan? _usualTime;
    private int _open;

    /// <summary>All blocks of an iteration, to do.</summary>
    /// <param name="sizes">Perturbations in each block, in order: m together.</param>
    /// <param name="deadline">After how long a block counts as lost, however many have it.</param>
    public BlockQueue(IReadOnlyList<int> sizes, TimeSpan deadline)
    {
        _deadline = deadline;
        _blocks = new Block[sizes.Count];
        var first = 0;
        for (var number = 0; number < sizes.Count; first += sizes[number++])
            _blocks[number] = new Block(number, first, sizes[number]);
        Outcomes = new OutcomeBits(first);
        _open = sizes.Count;
        _done = new bool[_open];
        _toDo = new LinkedList<int>(Enumerable.Range(0, _open));
    }

    /// <summary>The outcomes so far; those not yet in are 0.</summary>
    public OutcomeBits Outcomes { get; }

    /// <summary>Whether all blocks are in.</summary>
    public bool IsComplete => _open == 0;

    /// <summary>How many blocks are in.</summary>
    public int BlocksDone => _done.Length - _open;

    /// <summary>How many outcomes are in.</summary>
    public int PerturbationsDone { get; private set; }

    /// <summary>How many of them are improved.</summary>
    public int Improved { get; private set; }

    /// <summary>A node may come to ask for blocks: what fails elsewhere is kept for it.</summary>
    public void Expect(string node) => _nodes.Add(node);

    /// <summary>
    /// Hands out the next block, if there are other nodes one that has not failed on this device's; when none is left to do, one that another device has had
    /// for too long.
    /// </summary>
    /// <returns>Null when the rest had better be waited for.</returns>
    public Block? Next(string device, TimeSpan now)
    {
        _nodes.Add(DeviceName.NodeOf(device));
        for (var node = _toDo.First; node is not null; node = node.Next)
        {
            if (!MayGoTo(device, node.Value))
                continue;
            _toDo.Remove(node);
            return HandOutTo(device, node.Value, now);
        }
        foreach (var (number, holders) in _out)
        {
            if (IsLate(_blocks[number], holders, now) && MayGoTo(device, number) && holders.All(holder => holder.Device != device))
                return HandOutTo(device, number, now);
        }
        return null;
    }

    /// <summary>Whether no block is out, but for those that count as lost.</summary>
    public bool IsQuiet(TimeSpan now) => _out.Values.All(holders => now - holders[^1].At > _deadline);

    /// <summary>The block of a number, or null when there is none.</summary>
    public Block? Find(int number) => number >= 0 && number < _blocks.Length ? _blocks[number] : null;

    /// <summary>How many devices have a block.</summary>
    public int Holders(int number) => _out.TryGetValue(number, out var holders) ? holders.Count : 0;

    /// <summary>When a device was given a block; null when it does not have it.</summary>
    public TimeSpan? HandedOut(int number, string device) =>
        _out.TryGetValue(number, out var holders) && holders.Find(holder => holder.Device == device) is { Device: not null } mine ? mine.At : null;

    /// <summary>Takes a block's outcomes; false when they were there already.</summary>
    /// <exception cref="ArgumentException">They are not as many as the block has perturbations.</exception>
    public bool Complete(Block block, OutcomeBits outcomes, string device, TimeSpan now)
    {
        if (outcomes.Count != block.Count)
            throw new ArgumentException($"Block {block.Number} has {block.Count} perturbations, not {outcomes.Count}.", nameof(outcomes));
        if (_done[block.Number])
            return false;
        if (HandedOut(block.Number, device) is { } since)
            Learn((now - since) / block.Count);
        TakeIn(block, outcomes);
        return true;
    }

    /// <summary>Takes in outcomes that were known before the queue was made; whole blocks only.</summary>
    public void Restore(int first, OutcomeBits outcomes)
    {
        // Blocks may have been others then: what does not make up a whole one is probed again.
        var at = Array.BinarySearch(_blocks, new Block(0, first, 0), InOrder);
        foreach (var block in _blocks.Skip(at < 0 ? ~at : at).TakeWhile(block => block.First + block.Count <= first + outcomes.Count))
        {
            if (!_done[block.Number])
                TakeIn(block, outcomes.Slice(block.First - first, block.Count));
        }
    }

    /// <summary>Takes a block back that failed on a device.</summary>
    /// <returns>On how many nodes it has failed by now, or, where that is all there are, how often; 0 when it is in already, or not the device's: a report may come twice.</returns>
    public int Fail(Block block, string device)
    {
        if (_done[block.Number] || HandedOut(block.Number, device) is null)
            return 0;
        if (!_failedOn.TryGetValue(block.Number, out var nodes))
            _failedOn[block.Number] = nodes = new HashSet<string>(StringComparer.Ordinal);
        nodes.Add(DeviceName.NodeOf(device));
        Return(block.Number, holder => holder == device);
        _failures[block.Number] = _failures.GetValueOrDefault(block.Number) + 1;
        return nodes.IsSupersetOf(_nodes) ? _failures[block.Number] : nodes.Count;
    }

    /// <summary>A node is gone: all blocks of its devices are to do again.</summary>
    public void Release(string node)
    {
        _nodes.Remove(node);
        foreach (var number in _out.Keys.ToList())
            Return(number, device => DeviceName.NodeOf(device) == node);
    }

    private Block HandOutTo(string device, int number, TimeSpan now)
    {
        if (!_out.TryGetValue(number, out var holders))
            _out[number] = holders = [];
        holders.Add(new HandOut(device, now));
        return _blocks[number];
    }

    private void Return(int number, Predicate<string> isGone)
    {
        if (!_out.TryGetValue(number, out var holders) || holders.RemoveAll(holder => isGone(holder.Device)) == 0 || holders.Count > 0)
            return;
        _out.Remove(number);
        _toDo.AddFirst(number);
    }

    private void TakeIn(Block block, OutcomeBits outcomes)
    {
        Outcomes.Write(block.First, outcomes);
        _done[block.Number] = true;
        _open--;
        if (!_out.Remove(block.Number))
            _toDo.Remove(block.Number);
        PerturbationsDone += block.Count;
        Improved += outcomes.CountImproved();
    }

    private void Learn(TimeSpan took) => _usualTime = _usualTime is { } usual ? 0.8 * usual + 0.2 * took : took;

    private bool IsLate(Block block, List<HandOut> holders, TimeSpan now)
    {
        var since = now - holders[^1].At;
        return since > _deadline || holders.Count == 1 && _usualTime is { } usual && since > HedgeFactor * block.Count * usual;
    }

    // A block that failed here goes elsewhere, unless it has failed on every node there is.
    private bool MayGoTo(string device, int number) =>
        !_failedOn.TryGetValue(number, out var nodes) || !nodes.Contains(DeviceName.NodeOf(device)) || nodes.IsSupersetOf(_nodes);

    private readonly record struct HandOut(string Device, TimeSpan At);
}
